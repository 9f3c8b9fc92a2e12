"""AADSTS codes of Entra itself: it is busy or unwell, and time mends it."""

from postdesk.base.explanations.words import Entry, passes

_PASSES = passes("Microsoft's sign-in service has a passing fault.")

SERVICE: dict[int, Entry] = {
    50000: _PASSES,
    50033: _PASSES,
    50087: _PASSES,
    90006: _PASSES,
    90012: passes("Microsoft's sign-in service did not answer in time."),
    90024: _PASSES,
    90033: _PASSES,
    50196: passes(
        "Microsoft saw the same request too often and stopped answering it.",
        "Wait a quarter of an hour: Postdesk tries again by itself.",
    ),
    90055: passes(
        "Your whole tenant asked Microsoft for too many sign-ins at once.",
        "Wait a quarter of an hour: Postdesk tries again by itself.",
    ),
    70016: passes(
        "Nobody has typed the code on Microsoft's page yet.",
        "Type the code on Microsoft's page; Postdesk waits for it and goes on by itself.",
    ),
}
