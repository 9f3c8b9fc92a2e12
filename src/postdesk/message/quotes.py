"""Where the quoted past of a reply begins: for display only, the whole text is always kept.

Lines are looked at one by one, each with patterns tied to its start and only when it is short
enough to have been written by a mail program, so that the time is linear in the text.
"""

import re

from postdesk.message import quote_words as words

_LONGEST_MARKER = 500  # characters of an attribution, over all the lines it is wrapped to
_MOST_WRAPPED = 4  # lines that an attribution is wrapped to
_MOST_LINES = 20_000  # that are searched for marks; a longer text is a log, not a conversation
_NEAR = _MOST_WRAPPED + 3  # lines below which an attribution shows that it is one
_BLOCK_WINDOW = 14  # lines in which the labels of an Outlook block stand


def _alternatives(text: str) -> str:
    return "|".join(re.escape(word) for word in sorted(text.split("|"), key=len, reverse=True))


_LABEL = re.compile(
    r"[ \t]*\*{0,2}"
    rf"(?:(?P<from>{_alternatives(words.FROM_LABELS)})|(?P<sent>{_alternatives(words.SENT_LABELS)})"
    rf"|(?P<to>{_alternatives(words.TO_LABELS)})"
    rf"|(?P<subject>{_alternatives(words.SUBJECT_LABELS)}))"
    r"\*{0,2}[ \t\u00a0]*[:\uff1a]\*{0,2}(?P<value>.*)",
    re.IGNORECASE,
)
_DASHED = re.compile(r"[ \t]*[-_=—]{2,}[ \t]*(?P<words>[^-_=—].{2,60}?)[ \t]*[-_=—]{2,}[ \t]*")
_ORIGINAL = re.compile(_alternatives(words.ORIGINAL_MESSAGE), re.IGNORECASE)
_FORWARDED = re.compile(
    rf"[ \t]*[-_=—]*[ \t]*(?:{_alternatives(words.FORWARDED_MESSAGE)})\b[^\n]{{0,80}}",
    re.IGNORECASE,
)
_RULE = re.compile(r"[ \t]*[-_=—*~]{5,}[ \t]*")
_VERBS = (
    rf"(?:(?<!\w)(?:{_alternatives(words.ATTRIBUTION_VERBS)})(?!\w)"
    rf"|(?P<cjk>{_alternatives(words.ATTRIBUTION_ENDINGS)}))"
)
# The verb with at most a name, an address or a date after it.
_ATTRIBUTION = re.compile(rf".*?{_VERBS}.{{0,200}}[:\uff1a]", re.IGNORECASE)
_ZOHO_ATTRIBUTION = re.compile(rf"(?=.*[\d@]).{{5,}}{_VERBS}", re.IGNORECASE)
_START = re.compile(
    rf"(?:(?:{_alternatives(words.ATTRIBUTION_STARTS)})(?!\w)|\d{{1,4}}[./\u5e74\ub144-])",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"<[^<>\s]+@[^<>\s]+>")
_SENTENCE_END = (".", "!", "?", ":")
_COLONS = (":", "\uff1a")
_DATED = re.compile(r"\d{1,4}[-./\u5e74]\s?\d{1,2}|\d{4}|\d{1,2}:\d{2}")
_NUMBER = re.compile(r"\d")
_DASHES = frozenset("-_=—")
_OUTLOOK_RULE = re.compile(r"_{20,60}[ \t]*")
_ANY_LABEL = re.compile(r"\*{0,2}[^\W\d][^:\uff1a\n]{0,30}[:\uff1a]")
_LONGEST_LABEL = 40
_FORWARD_SUBJECT = re.compile(rf"\s*(?:{_alternatives(words.FORWARD_PREFIXES)})\s*[:\uff1a]", re.I)


def split_quoted(text: str) -> tuple[str, str]:
    """Return what is new in ``text`` and what is quoted from before, both stripped of blank ends.

    Answers between quoted lines are new. A forwarded message is new as well. When nothing would
    be left that has words, all of ``text`` is new and nothing is quoted.
    """
    lines = text.split("\n")
    is_past = _mark_past(lines)
    fresh = "\n".join(line for line, past in zip(lines, is_past, strict=True) if not past)
    if not any(character.isalnum() for character in fresh):
        return text.strip("\n"), ""
    past = "\n".join(line for line, past in zip(lines, is_past, strict=True) if past)
    return re.sub(r"\n{4,}", "\n\n\n", fresh).strip(), past.strip("\n")


def strip_quoted(text: str, *, subject: str = "") -> str:
    """Return ``text`` without its quoted past; unchanged where that leaves nothing.

    ``subject`` tells a forward, whose block of labels looks the same as that of a reply.
    """
    if is_forward_subject(subject):
        return text.strip("\n")
    return split_quoted(text)[0]


def is_forward_subject(subject: str) -> bool:
    """Tell whether a subject begins as those of forwarded mail do (``FW:``, ``WG:``, ``TR:``)."""
    return _FORWARD_SUBJECT.match(subject) is not None


def _mark_past(lines: list[str]) -> list[bool]:
    """Tell for each line whether it is of the past."""
    is_past = [False] * len(lines)
    stop = min(len(lines), _MOST_LINES)
    is_near_past = [line.startswith(">") or _ends_in_colon(line) for line in lines[:stop]]
    # Who begins with a quoted line answers point by point.
    at, was_attributed = 0, _next_filled(lines, 0).startswith(">")
    while at < stop and not _is_forward_mark(lines[at]):
        end = _find_past(lines, at, may_be_attributed=any(is_near_past[at : at + _NEAR]))
        if end > at:
            was_attributed = True
            begin = _take_separators(lines, is_past, at)
            is_past[begin:end] = [True] * (end - begin)
        at = max(end, at + 1)
    if was_attributed:
        for place in range(at):
            is_past[place] = is_past[place] or lines[place].startswith(">")
    elif at == len(lines):
        _mark_last_quotes(lines, is_past)
    return is_past


def _mark_last_quotes(lines: list[str], is_past: list[bool]) -> None:
    """Mark the quoted lines at the end of a text without any attribution.

    Elsewhere in such a text a ``>`` may be a prompt, or a cited sentence.
    """
    first = len(lines)
    for place in range(len(lines) - 1, -1, -1):
        if lines[place].startswith(">"):
            first = place
        elif lines[place].strip():
            break
    is_past[first:] = [True] * (len(lines) - first)


def _find_past(lines: list[str], at: int, *, may_be_attributed: bool) -> int:
    """Return where the past that begins at line ``at`` ends; ``at`` itself if none begins."""
    line = lines[at]
    if not line or len(line) > _LONGEST_MARKER:
        return at
    if line.lstrip()[:1] in _DASHES and _is_dashed_mark(lines, at):
        return len(lines)
    if _is_label_block(lines, at):
        return len(lines)
    return _end_of_attribution(lines, at) if may_be_attributed else at


def _is_forward_mark(line: str) -> bool:
    if len(line) > _LONGEST_MARKER or not (line.lstrip()[:1] in _DASHES or _ends_in_colon(line)):
        return False
    return _FORWARDED.match(line) is not None


def _ends_in_colon(line: str) -> bool:
    return line.rstrip().endswith(_COLONS)


def _is_dashed_mark(lines: list[str], at: int) -> bool:
    """Tell whether here stands a mark between dashes, or Outlook's rule over unknown labels."""
    dashed = _DASHED.fullmatch(lines[at])
    if dashed is not None:
        text = dashed["words"].strip(" *")
        return bool(_ORIGINAL.fullmatch(text) or _ZOHO_ATTRIBUTION.fullmatch(text))
    if not _OUTLOOK_RULE.fullmatch(lines[at]):
        return False
    following = [line for line in lines[at + 1 : at + 7] if line.strip()][:4]
    return len(following) == 4 and all(_ANY_LABEL.match(line) for line in following)


def _is_label_block(lines: list[str], at: int) -> bool:
    """Tell whether From, Subject, and one of Sent and To, stand here in lines of their own."""
    first = _match_label(lines[at])
    if first is None or not first["value"].strip() or not (first["from"] or first["sent"]):
        return False
    seen: set[str] = set()
    blanks = 0
    for line in lines[at : at + _BLOCK_WINDOW]:
        blanks = 0 if line.strip() else blanks + 1
        match = _match_label(line)
        # Lines that are wrapped occur among the recipients, never right after the first label.
        if blanks > 1 or (match is None and len(seen) == 1 and not line[:1].isspace() and line):
            break
        if match is not None:
            seen |= {name for name in ("from", "sent", "to", "subject") if match[name]}
    return {"from", "subject"} < seen


def _match_label(line: str) -> re.Match[str] | None:
    head = line[:_LONGEST_LABEL]
    return _LABEL.match(line[:_LONGEST_MARKER]) if ":" in head or "\uff1a" in head else None


def _end_of_attribution(lines: list[str], at: int) -> int:
    """Return where the past under an attribution that begins at line ``at`` ends, or ``at``.

    Quoted lines below it are the past; without any, all the rest is.
    """
    for last in range(at, min(at + _MOST_WRAPPED, len(lines))):
        line = lines[last]
        if not line.strip() or len(line) > _LONGEST_MARKER or line.startswith(">"):
            return at
        is_quoted = _next_filled(lines, last + 1).startswith(">")
        if is_quoted or _ends_in_colon(line):
            joined = " ".join(line.strip() for line in lines[at : last + 1])
            if _is_attribution(joined, is_quoted=is_quoted, is_wrapped=last > at):
                return _end_of_quotes(lines, last + 1) if is_quoted else len(lines)
        if line.rstrip().endswith(_SENTENCE_END):
            return at
    return at


def _is_attribution(text: str, *, is_quoted: bool, is_wrapped: bool) -> bool:
    """Tell whether ``text`` says who wrote what follows; quoted lines below make it likely."""
    if len(text) > _LONGEST_MARKER or (is_wrapped and not _START.match(text)):
        return False
    if not text.endswith(_COLONS):
        return is_quoted and bool(_START.match(text)) and bool(_ADDRESS.search(text))
    verb = _ATTRIBUTION.fullmatch(text)
    if verb is not None:
        return is_quoted or bool(_NUMBER.search(text) and (verb["cjk"] or _is_signed(text)))
    if is_quoted:
        return bool(_ADDRESS.search(text)) and bool(_DATED.search(text))
    return bool(_START.match(text)) and text[:-1].endswith(">") and bool(_DATED.search(text))


def _is_signed(text: str) -> bool:
    return bool(_START.match(text) or _ADDRESS.search(text))


def _end_of_quotes(lines: list[str], at: int) -> int:
    """Return where the block of quoted lines that begins at or after ``at`` ends."""
    end = at
    while at < len(lines) and (not lines[at].strip() or lines[at].startswith(">")):
        at += 1
        if lines[at - 1].startswith(">"):
            end = at
    return end


def _next_filled(lines: list[str], at: int) -> str:
    for line in lines[at : at + 3]:
        if line.strip():
            return line
    return ""


def _take_separators(lines: list[str], is_past: list[bool], at: int) -> int:
    """Return ``at`` moved up over a rule of dashes that stands right above the past."""
    begin = at
    while begin > max(0, at - 3) and not lines[begin - 1].strip():
        begin -= 1
    if begin > 0 and not is_past[begin - 1] and _RULE.fullmatch(lines[begin - 1][:200]):
        return begin - 1
    return at
