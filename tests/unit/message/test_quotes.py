import time

import pytest

from postdesk.message.quotes import is_forward_subject, split_quoted, strip_quoted

REPLIES = {
    "gmail_en_wrapped": (
        "On Mon, Mar 4, 2024 at 10:00 AM Contoso Support With A Long Name <\n"
        "support@contoso.test> wrote:\n\n> old\n> words"
    ),
    "gmail_de": "Am Mo., 4. März 2024 um 10:00 Uhr schrieb Anna <a@example.org>:\n\n> alt",
    "gmail_fr": "Le lun. 4 mars 2024 à 10:00, Anna <a@example.org> a écrit :\n\n> vieux",
    "gmail_es": "El lun, 4 mar 2024 a las 10:00, Anna (<a@example.org>) escribió:\n\n> viejo",
    "gmail_it": "Il giorno lun 4 mar 2024 alle ore 10:00 Anna <a@example.org> ha scritto:\n\n> x",
    "gmail_nl": "Op ma 4 mrt 2024 om 10:00 schreef Anna <a@example.org>:\n\n> oud",
    "gmail_pt": "Em seg., 4 de mar. de 2024 às 10:00, Anna <a@example.org> escreveu:\n\n> velho",
    "gmail_sv": "Den mån 4 mars 2024 kl 10:00 skrev Anna <a@example.org>:\n\n> gammalt",
    "gmail_pl": "pon., 4 mar 2024 o 10:00 Anna <a@example.org> napisał(a):\n\n> stare",
    "gmail_ja": "2024年3月4日(月) 10:00 山田 <a@example.jp>:\n\n> 前",
    "gmail_zh": "张三 <a@example.cn> 于2024年3月4日周一 10:00写道\uff1a\n\n> 旧",
    "gmail_ko": "2024년 3월 4일 (월) 오전 10:00, 홍길동 <a@example.kr>님이 작성:\n\n> 옛",
    "gmail_ru": "пн, 4 мар. 2024 в 10:00, Анна <a@example.ru>:\n\n> старое",
    "thunderbird_de": "Am 04.03.24 um 10:00 schrieb Anna:\n> alt",
    "thunderbird_pl": "W dniu 4.03.2024 o 10:00, Anna pisze:\n> stare",
    "apple_es": "> El 4 mar 2024, a las 10:00, Anna <a@example.org> escribió:\n> \n> viejo",
    "proton": "On Monday, March 4th, 2024 at 10:00, Anna <a@example.org> wrote:\n\nold, unmarked",
    "zoho": "---- On Mon, 04 Mar 2024 10:00:00 +0100 Anna <a@example.org> wrote ----\n\nold",
    "outlook_en": "From: Anna <a@example.org>\nSent: Monday\nTo: B\nSubject: x\n\nold",
    "outlook_en_mobile": (
        "________________________________\nFrom: Anna\nSent: Monday\nTo: B\nSubject: x\n\nold"
    ),
    "outlook_bold": "*From:* Anna\n*Sent:* Monday\n*To:* B\n*Subject:* x\n\nold",
    "outlook_de": "Von: Anna\nGesendet: Montag\nAn: B\nBetreff: x\n\nalt",
    "outlook_fr": "De : Anna\nEnvoyé : lundi\nÀ : B\nObjet : x\n\nvieux",
    "outlook_es": "De: Anna\nEnviado el: lunes\nPara: B\nAsunto: x\n\nviejo",
    "outlook_it": "Da: Anna\nInviato: lunedì\nA: B\nOggetto: x\n\nvecchio",
    "outlook_nl": "Van: Anna\nVerzonden: maandag\nAan: B\nOnderwerp: x\n\noud",
    "outlook_pt": "De: Anna\nEnviada em: segunda\nPara: B\nAssunto: x\n\nvelho",
    "outlook_sv": "Från: Anna\nSkickat: måndag\nTill: B\nÄmne: x\n\ngammalt",
    "outlook_pl": "Od: Anna\nWysłano: poniedziałek\nDo: B\nTemat: x\n\nstare",
    "outlook_ja": "差出人: Anna\n送信日時: 2024年\n宛先: B\n件名: x\n\n前",
    "outlook_zh": "发件人: Anna\n发送时间: 2024年\n收件人: B\n主题: x\n\n旧",
    "outlook_unknown": (
        "________________________________\nXa: Anna\nXb: 2024\nXc: B\nXd: x\n\nold"
    ),
    "outlook_long_to": (
        "From: Anna\nSent: Monday\nTo: B <b@example.org>; C\n <c@example.org>\nSubject: x\n\nold"
    ),
    "outlook_express": "-----Original Message-----\nFrom: Anna\nold",
    "outlook_express_de": "-----Ursprüngliche Nachricht-----\nVon: Anna\nalt",
    "gmx": 'Gesendet: Montag, 4. März 2024\nVon: "A" <a@example.org>\nAn: B\nBetreff: x\n\nalt',
}


@pytest.mark.parametrize("past", REPLIES.values(), ids=REPLIES.keys())
def test_past_is_split_off(past: str) -> None:
    fresh, quoted = split_quoted(f"Thank you, that helped.\n\nAnna\n\n{past}\n")

    assert fresh == "Thank you, that helped.\n\nAnna"
    assert quoted == past


def test_answers_between_quoted_lines_are_fresh() -> None:
    text = "On 4 March 2024 A <a@b.c> wrote:\n> one?\nyes\n\n> two?\nno"

    fresh, quoted = split_quoted(text)

    assert fresh == "yes\n\nno"
    assert "> two?" in quoted


def test_text_below_the_quote_is_fresh() -> None:
    assert split_quoted("On 4 March 2024 A wrote:\n> old\n\nnew words")[0] == "new words"


def test_words_right_above_an_attribution_stay() -> None:
    text = "On it.\nOn Mon, Mar 4, 2024 Anna\n<a@example.org> wrote:\n> old"

    assert split_quoted(text)[0] == "On it."


@pytest.mark.parametrize(
    "text",
    [
        "Hello,\nplease call me.\nRegards",
        "The log says:\n>>> import x\nError\nWhat now?",
        "Trip request\nFrom: London\nTo: Paris\nDate: 3 March\nPlease book.",
        "My wishes:\n- paper\n- ink\nThanks",
        "He wrote: please wait.\nSo I wait.",
        "On Monday the printer broke.\nWhat he wrote:\nnothing",
        "Subject: matter\nis hard",
        "-----\nline\n-----",
    ],
)
def test_text_without_a_past_is_left_alone(text: str) -> None:
    assert split_quoted(text) == (text, "")


@pytest.mark.parametrize(
    "text",
    ["> all\n> quoted", "On 4 March 2024 A wrote:\n> x", "-----Original Message-----\nx", ""],
)
def test_nothing_is_stripped_where_nothing_would_be_left(text: str) -> None:
    assert split_quoted(text) == (text, "")


@pytest.mark.parametrize(
    "mark",
    [
        "---------- Forwarded message ---------",
        "Begin forwarded message:",
        "-------- Weitergeleitete Nachricht --------",
        "-------- Message transféré --------",
    ],
)
def test_forwarded_message_is_news(mark: str) -> None:
    text = f"See below.\n\n{mark}\nFrom: A\nDate: x\nSubject: y\nTo: z\n\ncontent"

    assert split_quoted(text) == (text, "")


def test_forward_of_outlook_is_known_by_its_subject() -> None:
    text = "See below.\n\nFrom: A\nSent: x\nTo: z\nSubject: y\n\ncontent"

    assert strip_quoted(text, subject="FW: y") == text
    assert strip_quoted(text, subject="RE: y") == "See below."
    assert is_forward_subject("WG: Angebot")
    assert not is_forward_subject("Forward planning")


HOSTILE = {
    "one line": "x" * 10_000_000,
    "colons": "a:\n" * 200_000,
    "quote marks": ">\n" * 500_000,
    "attributions": ("On 2024 " + "wrote " * 80 + "\n") * 5000,
    "labels": "From: x\nSent: y\n" * 50_000,
    "dashes": ("--a" * 100 + "\n") * 5000,
    "blank": "\n" * 500_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_split_in_linear_time(text: str) -> None:
    started = time.process_time()

    fresh, quoted = split_quoted(text)

    assert time.process_time() - started < 5.0
    assert len(fresh) + len(quoted) <= len(text)
