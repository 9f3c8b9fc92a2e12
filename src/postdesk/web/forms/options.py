"""The form of Setup > General > Options."""

import re
import zoneinfo
from typing import Any
from urllib.parse import urlsplit

from django import forms

from postdesk.base.hosts import is_loopback
from postdesk.site.models import Options
from postdesk.site.options import PublicUrl
from postdesk.web.forms.web_address import read_web_address

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"  # RFC 1123 section 2.1
_HOST = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}")
_IPV6 = re.compile(r"[0-9a-f:]+")


def time_zones() -> list[tuple[str, str]]:
    """Return the time zones that can be chosen, UTC first."""
    names = sorted(name for name in zoneinfo.available_timezones() if "/" in name)
    usual = [name for name in names if not name.startswith(("Etc/", "SystemV/", "posix", "right"))]
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in usual)]


class OptionsForm(forms.Form):
    """What holds for the whole desk. The public URL is not asked when the environment pins it."""

    public_scheme = forms.ChoiceField(
        label="Scheme",
        choices=Options.Scheme.choices,
        help_text="Plain http works on this machine only.",
    )
    public_host = forms.CharField(
        label="Server DNS name",
        max_length=253,
        help_text="As browsers and Microsoft reach this desk, such as desk.example.com.",
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off"}),
    )
    public_port = forms.IntegerField(
        label="Port", min_value=1, max_value=65535, help_text="443 is https's own."
    )
    poll_seconds = forms.IntegerField(
        label="Mailer Daemon frequency",
        min_value=10,
        max_value=3600,
        help_text="Seconds between two looks into each mailbox, 10 to 3600.",
    )
    time_zone = forms.ChoiceField(label="Time zone", help_text="Of all moments on these pages.")
    proxy_url = forms.CharField(
        label="Proxy URL",
        max_length=500,
        required=False,
        help_text=(
            "For calls to mail providers, such as http://proxy.example.com:3128. Leave empty when "
            "the desk reaches the internet directly."
        ),
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off"}),
    )

    is_checked = forms.BooleanField(label="I checked that it opens", required=False)

    def __init__(self, *args: Any, is_pinned: bool, here: str, **kwargs: Any) -> None:
        """Take ``here``, the origin that the browser is at; a loopback one always keeps working."""
        super().__init__(*args, **kwargs)
        self.here = here
        self.asks_for_check = False
        self.fields["time_zone"].choices = time_zones()  # type: ignore[attr-defined]  # a ChoiceField
        if is_pinned:
            for name in ("public_scheme", "public_host", "public_port"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """Ask once more before a change that shuts out the address the browser is at."""
        cleaned = super().clean() or {}
        is_checked = cleaned.pop("is_checked", False)
        if {"public_scheme", "public_host", "public_port"} <= cleaned.keys():
            new = PublicUrl(
                scheme=cleaned["public_scheme"],
                host=cleaned["public_host"],
                port=cleaned["public_port"],
            )
            host_here = urlsplit(self.here).hostname or ""
            if str(new) != self.here and not is_loopback(host_here):
                self.asks_for_check = True
                if not is_checked:
                    self.add_error("is_checked", self._shut_out(new))
        return cleaned

    def _shut_out(self, new: PublicUrl) -> str:
        return (
            f"Your browser is at {self.here}. Once saved, the desk answers at {new} and no longer "
            "at this address. Open it in another tab first, then tick here and save."
        )

    def clean_public_host(self) -> str:
        """Take a bare name or address; a whole URL pasted in is the usual mistake."""
        host = str(self.cleaned_data["public_host"]).strip().lower().strip("[]")
        if _HOST.fullmatch(host) or (":" in host and _IPV6.fullmatch(host)):
            return host
        raise forms.ValidationError(
            "Enter the DNS name alone, such as desk.example.com, without https:// and any path."
        )

    def clean_proxy_url(self) -> str:
        """Take http and https proxies with a host."""
        text = str(self.cleaned_data["proxy_url"]).strip()
        if not text:
            return ""
        if read_web_address(text) is None:
            raise forms.ValidationError("Write it as http://proxy.example.com:3128.")
        return text
