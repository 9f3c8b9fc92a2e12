"""Which certificates are trusted, and what to say when one is not.

Trusted are the operating system's authorities and one uploaded certificate bundle. Verification
is never switched off.
"""

import re
import ssl

import truststore

from postdesk.base.errors import NeedsPerson

# What stands around the blocks are comments, in any alphabet.
_PEM_BLOCK = re.compile(
    r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----", re.ASCII
)

# OpenSSL's X509_V_ERR numbers, as SSLCertVerificationError.verify_code has them.
_EXPIRED = 10
_NOT_YET_VALID = 9
_WRONG_NAME = frozenset({62, 64})
_UNTRUSTED_REMEDY = (
    "If {host} is yours or stands behind an inspecting proxy, let this machine's operating system "
    "trust the authority that issued its certificate. Otherwise do not go on: somebody may be "
    "listening in."
)
_CODE = "certificate"


def make_tls_context(ca_pem: str = "") -> ssl.SSLContext:
    """Return a verifying context, TLS 1.2 or newer; ``ca_pem`` is trusted besides the system's.

    Raises NeedsPerson when ``ca_pem`` holds no certificate.
    """
    context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_pem.strip():
        try:
            context.load_verify_locations(cadata="\n".join(_PEM_BLOCK.findall(ca_pem)))
        except (ssl.SSLError, ValueError) as error:
            raise NeedsPerson(
                "The uploaded certificate authority cannot be read.",
                remedy="Upload it as PEM text: it begins with -----BEGIN CERTIFICATE-----.",
                code=_CODE,
            ) from error
    return context


def find_tls_error(error: BaseException) -> ssl.SSLError | None:
    """Return the TLS error among the causes of ``error``, or None."""
    seen = 0
    cause: BaseException | None = error
    while cause is not None and seen < 10:
        if isinstance(cause, ssl.SSLError):
            return cause
        cause, seen = cause.__cause__ or cause.__context__, seen + 1
    return None


def explain_distrust(error: ssl.SSLCertVerificationError, *, host: str) -> NeedsPerson:
    """Return what to tell a person about a certificate that did not pass."""
    said = str(error.verify_message or "not verified")[:300]
    if error.verify_code in {_EXPIRED, _NOT_YET_VALID}:
        what = f"The certificate of {host} is not valid at this time ({said})."
        remedy = f"Whoever runs {host} must renew it; check this server's clock as well."
    elif error.verify_code in _WRONG_NAME:
        what = f"The certificate that {host} shows is for another name ({said})."
        remedy = "Enter the server's name as it stands in its certificate."
    else:
        what = f"The certificate of {host} is not trusted ({said})."
        remedy = _UNTRUSTED_REMEDY.format(host=host)
    return NeedsPerson(what, remedy=remedy, code=_CODE, raw=said)
