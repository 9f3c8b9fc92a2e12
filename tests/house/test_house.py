"""Rules of the house that no linter knows."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
VAGUE = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc", "services"}
# A pure table may be longer than a module that does something.
LONGEST_LINES = 400
# Mail that we write, and the frame of mail that we show, have a policy of their own.
OF_MAIL = re.compile(r"flow/templates/|console/body\.html$")


def tracked() -> list[Path]:
    """Return every file that is or will be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def python_files() -> list[Path]:
    return [path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts]


def test_no_module_has_a_name_that_says_nothing():
    assert not [path for path in python_files() if path.stem in VAGUE]


def test_no_module_is_too_long_to_be_about_one_thing():
    long = {
        p.name: n for p in python_files() if (n := len(p.read_text().splitlines())) > LONGEST_LINES
    }
    assert not long


def test_templates_have_no_inline_script_or_style():
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=\"")
    guilty = [
        path
        for path in SOURCE.rglob("*.html")
        if not OF_MAIL.search(str(path)) and inline.search(path.read_text())
    ]
    assert not guilty


def test_only_tokens_hold_raw_colours():
    raw = re.compile(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)")
    styles = SOURCE / "postdesk" / "web" / "static" / "css"
    own = [
        path for path in styles.glob("*.css") if path.name not in {"tokens.css", "components.css"}
    ]
    assert not [path.name for path in own if raw.search(path.read_text())]


@pytest.mark.parametrize("word", ["utcnow(", "datetime.now()", "time.time()"])
def test_time_comes_from_one_clock(word):
    packages = ("flow", "mail", "tickets", "connections", "directory", "web", "worker")
    guilty = [
        path
        for package in packages
        for path in (SOURCE / "postdesk" / package).rglob("*.py")
        if word in path.read_text()
    ]
    assert not guilty


def test_locks_carry_hashes_and_no_addresses():
    for name in ("run.txt", "dev.txt"):
        text = (ROOT / "requirements" / name).read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text


def test_nothing_committed_names_a_machine_or_a_registry():
    marks = re.compile(r"--(extra-)?index-url[ =]|/root/|registry\.npmjs|files\.pythonhosted")
    guilty = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix in {".py", ".md", ".toml", ".txt", ".html", ".css", ".js", ""}
        and path.name != Path(__file__).name
        and marks.search(path.read_text(errors="replace"))
    ]
    assert not guilty
