"""The tables of error codes: complete, in whole sentences, and leading somewhere."""

import re
import tomllib
from pathlib import Path

import pytest

import postdesk
import postdesk_sandbox
from postdesk.base.explain import explain, is_listed
from postdesk.base.explanations import (
    AADSTS,
    OTHERWISE,
    SERVICES,
    TABLE,
    Actor,
    Button,
    Outcome,
)

# Entra's codes that an administrator of a mailbox may meet (Microsoft's reference of error codes).
MET_BY_ADMINISTRATORS = """
16000 50011 50013 500133 50020 50034 50053 50055 50144 50057 50058 50072 50074 50076 50079 50078
50089 50105 50126 50131 53000 53001 50132 50133 50173 50194 50196 53003 530032 530035 54005 500011
500113 900971 501481 65001 65004 65005 650052 650056 650057 650053 70000 70001 700016 7000112
700005 70002 700025 700027 70008 700082 700084 70011 70016 70018 70019 70043 7000215 7000218
7000222 90002 90014 900144 90033 90006 90012 90024 50000 50033 50087 90055 90038 900382 900432
90072 90094 90095 9001023 9002313 1000031 1002012
"""
EWS_RESPONSES = """
ErrorAccessDenied ErrorImpersonateUserDenied ErrorImpersonationFailed ErrorNonExistentMailbox
ErrorMissingEmailAddress ErrorItemNotFound ErrorFolderNotFound ErrorSyncFolderNotFound
ErrorInvalidSyncStateData ErrorIrresolvableConflict ErrorStaleObject
ErrorChangeKeyRequiredForWriteOperations ErrorChangeKeyRequired ErrorInvalidChangeKey
ErrorServerBusy ErrorExceededConnectionCount ErrorExceededSubscriptionCount
ErrorExceededFindCountLimit ErrorTimeoutExpired ErrorInternalServerTransientError
ErrorInternalServerError ErrorMailboxStoreUnavailable ErrorMailboxMoveInProgress
ErrorConnectionFailed ErrorADUnavailable ErrorBatchProcessingStopped ErrorNotEnoughMemory
ErrorTooManyObjectsOpened ErrorQuotaExceeded ErrorSubmissionQuotaExceeded ErrorMessageSizeExceeded
ErrorSendAsDenied ErrorMimeContentConversionFailed ErrorContentConversionFailed ErrorCorruptData
ErrorVirusDetected ErrorVirusMessageDeleted ErrorUnsupportedMimeConversion ErrorMimeContentInvalid
ErrorMimeContentInvalidBase64String ErrorInvalidRecipients ErrorMissingRecipients
ErrorInvalidSmtpAddress ErrorInvalidSubscription ErrorSubscriptionNotFound ErrorReadEventsFailed
ErrorInvalidWatermark ErrorMissedNotificationEvents ErrorProxyRequestNotAllowed
ErrorInvalidServerVersion ErrorSchemaValidation ErrorInvalidLicense ErrorPasswordExpired
"""
GRAPH_CODES = """
ErrorInvalidIdMalformed RequestBroker--ParseUri BadRequest InefficientFilter ErrorInvalidRecipients
InvalidAuthenticationToken ErrorAccessDenied Authorization_RequestDenied ErrorSendAsDenied
ExtensionError ErrorBlockedOrMissingSender ErrorExceededMessageLimit ErrorItemNotFound
MailboxNotEnabledForRESTAPI ResourceNotFound Request_ResourceNotFound ErrorInvalidUser
MailboxNotFound ErrorFolderNotFound ErrorFolderExists SyncStateNotFound resyncRequired
SyncStateInvalid ErrorIrresolvableConflict RequestEntityTooLarge ErrorMessageSizeExceeded
ApplicationThrottled TooManyRequests UnknownError serviceNotAvailable ErrorQuotaExceeded
"""
OTHERS = [
    "EWS 302", "EWS 401", "EWS 403", "EWS 440", "EWS 456", "EWS X-CasErrorCode",
    "IMAP AUTHENTICATE", "IMAP AUTHENTICATIONFAILED", "IMAP NOTCONNECTED", "POP AUTH",
    "SMTP 535 5.7.3", "SMTP 535 5.7.139", "SMTP 535 5.7.8", "SMTP 432 4.3.2", "SMTP 550 5.7.30",
    "SMTP 554 5.2.2", "SMTP 554 5.2.2 QuotaExceeded", "SMTP 554 5.2.0 SubmissionQuotaExceeded",
    "SMTP 550 5.7.60", "SMTP 554 5.2.252", "SMTP 554 5.2.0 MapiExceptionDuplicateDelivery",
    "SMTP 451 4.7.0", "SMTP 451 4.7.500", "SMTP 421 4.3.2", "SMTP 550 5.1.8", "SMTP 550 5.7.705",
    "SMTP 550 5.7.708", "SMTP 550 5.7.750",
    "Google invalid_grant", "Google deleted_client", "Google invalid_client",
    "Google unauthorized_client", "Google org_internal", "Google access_denied",
    "Google redirect_uri_mismatch", "Google invalid_rapt", "Google rapt_required",
    "Google admin_policy_enforced", "Google rateLimitExceeded", "Google userRateLimitExceeded",
]  # fmt: skip
# Where somebody can go: a button of ours, a place at the provider, or a line of a shell.
PLACES = re.compile(
    r"Authorize|Send again|Test connection|Wait|Entra|admin center|Admin console|Cloud console|"
    r"Defender|in the account|account form|for this outgoing account|account type|Outlook|"
    r"Nothing is to be done|Certificate|History|Send it again|page|security settings|as it stands"
)


@pytest.mark.parametrize("number", MET_BY_ADMINISTRATORS.split())
def test_each_code_that_administrators_meet_has_an_entry_of_its_own(number):
    assert int(number) in AADSTS


def test_each_code_that_the_pretend_tenant_says_has_an_entry_of_its_own():
    table = Path(postdesk_sandbox.__file__).parent / "entra" / "codes.toml"
    said = {int(number) for number in tomllib.loads(table.read_text(encoding="utf-8"))}

    assert said - AADSTS.keys() == set()


@pytest.mark.parametrize("code", [*EWS_RESPONSES.split(), *GRAPH_CODES.split(), *OTHERS])
def test_each_code_of_the_mail_protocols_is_listed(code):
    assert is_listed(code)
    assert explain(code).happened != OTHERWISE.happened


def test_each_code_that_the_program_names_itself_is_listed():
    source = Path(postdesk.__file__).parent
    named = {
        code
        for path in source.rglob("*.py")
        for code in re.findall(r"\bcode=\"(\w[\w -]+)\"", path.read_text(encoding="utf-8"))
    }

    assert {code for code in named if not is_listed(code)} == set()
    assert "port" in named


def test_no_code_stands_in_two_tables():
    assert len(TABLE) == sum(len(codes) for codes in SERVICES.values())


@pytest.mark.parametrize("code", [*TABLE, "OTHERWISE"])
def test_each_entry_says_in_whole_sentences_what_happened_and_where_to_go(code):
    entry = TABLE.get(code, OTHERWISE)

    assert re.fullmatch(r"[A-Z].{15,}\.", entry.happened)
    assert re.fullmatch(r"[A-Z].{15,}\.", entry.remedy)
    assert PLACES.search(entry.remedy)


@pytest.mark.parametrize("code", TABLE)
def test_who_acts_what_to_press_and_the_outcome_agree(code):
    entry = TABLE[code]

    if entry.who_acts is Actor.NOBODY:
        assert entry.button is Button.NONE
        assert entry.waiting_helps
        assert entry.outcome in {Outcome.PASSING, Outcome.NONE}
    else:
        assert entry.outcome is not Outcome.PASSING
    if entry.outcome is Outcome.REAUTHORIZE:
        assert entry.button in {Button.AUTHORIZE, Button.GRANT_CONSENT}
    if entry.outcome in {Outcome.MISCONFIGURED, Outcome.BLOCKED}:
        assert entry.button is not Button.NONE


@pytest.mark.parametrize(
    ("outcome", "codes"),
    [
        (
            Outcome.BLOCKED,
            "53003, 530032, 530035, 530036, 50131, 53000, 53001, 50105, EWS403, ExtensionError, "
            "ErrorAccessDenied RAOP, ErrorAccessDenied OData, admin_policy_enforced, "
            "SMTP 550 5.7.708",
        ),
        (
            Outcome.MISCONFIGURED,
            "7000215, 7000218, 7000222, 700016, 70001, 90002, 50194, 900382, 7000112, 65005, "
            "650057, 700027, 50011, invalid_client, deleted_client, Authorization_RequestDenied, "
            "ErrorAccessDenied",
        ),
        (
            Outcome.REAUTHORIZE,
            "700082, 70008, 50173, 50076, 50079, 65001, 65004, 70043, 50133, invalid_grant, "
            "InvalidAuthenticationToken, IMAP AUTHENTICATIONFAILED, SMTP 535",
        ),
        (
            Outcome.PASSING,
            "90033, 50033, 50196, 90055, 70016, temporarily_unavailable, ErrorServerBusy, "
            "HTTP 503, SMTP 432 4.3.2, IMAP UNAVAILABLE, rateLimitExceeded",
        ),
        (Outcome.NONE, "ErrorItemNotFound, SyncStateNotFound, SMTP 550 5.1.1, ErrorCorruptData"),
    ],
)
def test_outcome_follows_the_kind_of_cause(outcome, codes):
    assert {code for code in codes.split(", ") if explain(code).outcome is not outcome} == set()
