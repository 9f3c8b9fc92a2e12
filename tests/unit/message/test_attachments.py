import pytest

from postdesk.message.attachments import make_attachment, make_safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("Übersicht 2024.pdf", "Übersicht 2024.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\anna\\scan.pdf", "scan.pdf"),
        ("\\\\server\\share\\x.doc", "x.doc"),
        ("Offer 7/24.pdf", "Offer 7_24.pdf"),
        ('a<b>:"|?*.txt', "a_b______.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("nul\0byte\r\n.txt", "nulbyte.txt"),
        (".htaccess", "htaccess"),
        ("CON.txt", "_CON.txt"),
        ("..", ""),
        ("   ", ""),
        ("///", ""),
    ],
)
def test_name_is_made_safe(name: str, safe: str) -> None:
    assert make_safe_name(name) == safe


def test_long_name_keeps_its_suffix() -> None:
    assert make_safe_name("x" * 400 + ".pdf") == "x" * 146 + ".pdf"
    assert len(make_safe_name("ü漢😀" * 100 + ".docx").encode()) <= 240


@pytest.mark.parametrize(
    ("media_type", "name"),
    [
        ("image/jpeg", "attachment-3.jpg"),
        ("application/x-nobody-knows", "attachment-3.bin"),
        ("text/calendar", "invitation.ics"),
        ("message/delivery-status", "delivery-status.txt"),
    ],
)
def test_part_without_a_name_is_called_by_what_it_is(media_type: str, name: str) -> None:
    assert make_attachment(b"x", name="", media_type=media_type, number=3).name == name
