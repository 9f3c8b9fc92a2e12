"""Selects on which another part of the form depends."""


def refreshes(part: str) -> dict[str, str]:
    """Return the attributes of a control whose change fetches the element ``part`` anew.

    The whole form is posted with ``update``, which checks and stores nothing; without script the
    page's Update button does the same. What is about to be replaced cannot be typed into
    meanwhile, so that nothing typed is lost.
    """
    controls = [f"#{part} {tag}" for tag in ("input", "select", "textarea", "button")]
    return {
        "hx-post": "",
        "hx-trigger": "change",
        "hx-vals": '{"update": "1"}',
        "hx-target": f"#{part}",
        "hx-select": f"#{part}",
        "hx-swap": "outerHTML",
        "hx-disabled-elt": ", ".join(controls),
    }
