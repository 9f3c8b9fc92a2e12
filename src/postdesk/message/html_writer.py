"""Lines of text for ``html_text``: white space, quotes, lists, cells and links."""

import re

_SPACES = " \t\r\n\f"
_WHITE = re.compile(r"[ \t\r\n\f]+")
_INVISIBLE = re.compile("[\u00ad\u034f\u200b\u200c\u200d\u2060\ufeff]+")
_LONGEST_LINK = 2000
_MOST_QUOTE_MARKS = 20


class TextWriter:
    """Collects lines. ``quote_depth`` and ``verbatim_depth`` are set by the walk."""

    def __init__(self) -> None:
        self.quote_depth = 0
        self.verbatim_depth = 0
        self._lines: list[str] = []
        self._line: list[str] = []
        self._wants_space = False
        self._wants_cell_mark = False
        self._lists: list[int] = []  # next number of each open list, -1 for bullets
        self._item_mark = ""
        self._links: list[tuple[str, int, int]] = []

    def write(self, text: str) -> None:
        """Add running text; white space collapses unless inside ``pre``."""
        if self.verbatim_depth:
            self._write_verbatim(text)
            return
        if text.isascii():
            words = " ".join(text.split())
        else:  # split() would also take the spaces that must not break
            text = _INVISIBLE.sub("", text)
            words = _WHITE.sub(" ", text).strip(" ")
        if not words:
            self._wants_space = self._wants_space or bool(text)
            return
        if text[0] in _SPACES:
            self._wants_space = True
        self._add(words)
        self._wants_space = text[-1] in _SPACES

    def write_picture(self, alternative: str) -> None:
        """Add a picture's alternative text in brackets, if it has one."""
        if alternative.strip():
            self._add(f"[{_WHITE.sub(' ', alternative).strip()[:200]}]")

    def end_line(self) -> None:
        """End the current line, also when it is empty."""
        mark = "> " * self._line_depth()
        text = "".join(self._line).replace("\xa0", " ").rstrip()
        self._lines.append((mark + text) if text else mark.rstrip())
        self._line = []
        self._wants_space = self._wants_cell_mark = False

    def start_block(self) -> None:
        """Make sure that what follows begins on a new line."""
        if self._line:
            self.end_line()
        self._wants_cell_mark = False

    def start_paragraph(self) -> None:
        """Make sure that what follows begins after a blank line."""
        self.start_block()
        blank = ("> " * self._line_depth()).rstrip()
        if self._lines and self._lines[-1].strip("> "):
            self._lines.append(blank)
        elif self._lines and len(self._lines[-1]) > len(blank):
            self._lines[-1] = blank

    def start_cell(self) -> None:
        """Separate a table's cell from the one before it in the same line."""
        self._wants_cell_mark = bool(self._line)

    def start_list(self, *, is_numbered: bool) -> None:
        """Open a list, indented by those it stands in."""
        self._lists.append(1 if is_numbered else -1)

    def end_list(self) -> None:
        """Close the innermost list."""
        if self._lists:
            self._lists.pop()

    def start_item(self) -> None:
        """Begin an item; its mark is written with its first words."""
        number = self._lists[-1] if self._lists else -1
        mark = "- " if number < 0 else f"{number}. "
        if number >= 0:
            self._lists[-1] += 1
        self._item_mark = "  " * min(max(0, len(self._lists) - 1), 10) + mark

    def start_link(self, address: str) -> None:
        """Remember where a link begins."""
        self._links.append((address, len(self._lines), len(self._line)))

    def end_link(self) -> None:
        """Write the link's address after its text, unless the text says it already."""
        if not self._links:
            return
        address, line, place = self._links.pop()
        address = address.strip()
        if not address.lower().startswith(("http:", "https:", "mailto:")):
            return
        shown = "".join(self._line[place:]) if line == len(self._lines) else "several lines"
        bare = address.partition(":")[2].strip("/")
        if shown.strip() and bare.lower() not in shown.lower() and len(address) <= _LONGEST_LINK:
            self._wants_space = True
            self._add(f"<{address.removeprefix('mailto:')}>")

    def finish(self) -> str:
        """Return the text, without blank lines at its ends or more than two in a row."""
        self.start_block()
        return re.sub(r"\n{4,}", "\n\n\n", "\n".join(self._lines)).strip("\n")

    def _line_depth(self) -> int:
        return min(self.quote_depth, _MOST_QUOTE_MARKS)

    def _add(self, text: str) -> None:
        if self._item_mark:
            self._line.append(self._item_mark)
            self._item_mark = ""
        elif self._wants_cell_mark and self._line:
            self._line.append(" | ")
        elif self._wants_space and self._line:
            self._line.append(" ")
        self._wants_space = self._wants_cell_mark = False
        self._line.append(text)

    def _write_verbatim(self, text: str) -> None:
        first, *others = text.replace("\r\n", "\n").split("\n")
        if first:
            self._line.append(first)
        for line in others:
            self.end_line()
            if line:
                self._line.append(line)
