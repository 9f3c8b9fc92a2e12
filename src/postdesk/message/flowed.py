"""format=flowed text (RFC 3676): lines that end in a space go on in the next one."""


def unflow(text: str, *, delete_space: bool) -> str:
    """Return ``text`` with its paragraphs joined; quote marks stay at the start of lines.

    ``delete_space`` is the parameter ``delsp``, for languages that put no spaces between words.
    """
    out: list[str] = []
    pieces: list[str] = []
    depth_before = 0
    for line in text.split("\n"):
        depth, content = _split_marks(line)
        if pieces and depth != depth_before:
            out.append(_join(pieces, depth_before))
            pieces = []
        depth_before = depth
        is_flowed = content.endswith(" ") and content != "-- "
        pieces.append(content[:-1] if is_flowed and delete_space else content)
        if not is_flowed:
            out.append(_join(pieces, depth))
            pieces = []
    if pieces:
        out.append(_join(pieces, depth_before))
    return "\n".join(out)


def _split_marks(line: str) -> tuple[int, str]:
    content = line.lstrip(">")
    depth = len(line) - len(content)
    return depth, content.removeprefix(" ")


def _join(pieces: list[str], depth: int) -> str:
    text = "".join(pieces)
    if text != "-- ":
        text = text.rstrip(" ")
    if not depth:
        return text
    return ">" * depth + (" " + text if text else "")
