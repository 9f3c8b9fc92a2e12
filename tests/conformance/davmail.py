"""DavMail as a program of its own: IMAP and SMTP in front, EWS behind."""

import shutil
import signal
import socket
import subprocess
import time
import zipfile
from pathlib import Path

import pytest

JAR = Path("/usr/share/davmail/davmail.jar")
START_SECONDS = 60
# What each listener is for; an empty port switches it off.
_SILENT = "\n".join(
    f"davmail.{name}=" for name in ("popPort", "caldavPort", "ldapPort", "ssl.keystoreType")
)
_SETTINGS = """\
davmail.server=true
davmail.bindAddress=127.0.0.1
davmail.allowRemote=false
davmail.disableUpdateCheck=true
davmail.enableKeepAlive=false
davmail.folderSizeLimit=0
davmail.smtpSaveInSent=true
davmail.logFileSize=0
davmail.logFilePath={folder}/davmail.log
log4j.rootLogger=WARN
log4j.logger.davmail={level}
davmail.imapPort={imap}
davmail.smtpPort={smtp}
"""


def require_davmail() -> None:
    """Skip where Debian's package davmail-server or Java is missing."""
    if not JAR.exists() or shutil.which("java") is None:
        pytest.skip("needs Debian's packages davmail-server and default-jre-headless")


def version() -> str:
    """Return the version that the program says it is."""
    with zipfile.ZipFile(JAR) as jar:
        manifest = jar.read("META-INF/MANIFEST.MF").decode()
    line = next(one for one in manifest.splitlines() if one.startswith("Implementation-Version"))
    return line.partition(": ")[2].removesuffix("-trunk")


class Gateway:
    """A running DavMail. `java` are options of the machine, `settings` those of the program."""

    def __init__(self, folder: Path, *, settings: dict[str, str], java: list[str]) -> None:
        self.imap_port, self.smtp_port = _free_port(), _free_port()
        self.folder = folder
        text = _SETTINGS.format(
            folder=folder, imap=self.imap_port, smtp=self.smtp_port, level="INFO"
        )
        more = "\n".join(f"{name}={value}" for name, value in settings.items())
        file = folder / "davmail.properties"
        file.write_text(f"{text}{_SILENT}\n{more}\n")
        self._output = (folder / "output.txt").open("wb")
        command = ["java", "-Xmx256m", *java, "-jar", str(JAR), str(file)]
        self._process = subprocess.Popen(command, stdout=self._output, stderr=subprocess.STDOUT)
        self._wait_until_it_listens()

    def _wait_until_it_listens(self) -> None:
        ends = time.monotonic() + START_SECONDS
        for port in (self.imap_port, self.smtp_port):
            while not _listens(port):
                if self._process.poll() is not None or time.monotonic() > ends:
                    self.close()
                    pytest.fail(f"DavMail does not listen:\n{self.said()}")
                time.sleep(0.1)

    def said(self) -> str:
        """Return what it printed and logged."""
        files = [one for one in self.folder.iterdir() if one.suffix in {".txt", ".log"}]
        return "\n".join(one.read_text(errors="replace") for one in files)

    def close(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(15)
        self._output.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as line:
        port: int = line.getsockname()[1]
    return port


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
