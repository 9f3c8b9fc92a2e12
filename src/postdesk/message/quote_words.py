# ruff: noqa: RUF001
"""What mail programs write above a quoted message, in the languages that they speak.

Data only; ``quotes`` decides. Words are lower case and without the colon. The alphabets are meant
as they stand, hence no RUF001.
"""

# "On <date>, <name> wrote:": how such a line begins, and the verb that stands near its end.
ATTRIBUTION_STARTS = (
    "on|am|le|el|il|em|op|den|på|dne|dňa|dnia|w dniu|w|в|у|pe|la|a|at|no dia|στις|vào|pada|dana"
)
ATTRIBUTION_VERBS = (
    "wrote|writes|schrieb|geschrieben|a écrit|a ecrit|escribió|escribio|ha scritto|scrisse|schreef"
    "|geschreven|escreveu|skrev|skrifaði|kirjoitti|napisał|napisała|napisał(a)|napisano|pisze"
    "|napsal|napsala|napsal(a)|napísal|napísala|napísal(a)|írta|a scris|написал|написала"
    "|написал(а)|пишет|пише|написав|yazdı|έγραψε|je napisao|je napisala|kirjutas|rašė|rakstīja"
    "|đã viết|menulis|כתב|כתבה|كتب"
)
# Verbs of scripts that put no spaces between words.
ATTRIBUTION_ENDINGS = "写道|寫道|のメール|書きました|님이 작성|작성"

# Labels of the block that Outlook, GMX and others put above the past, by what they name.
FROM_LABELS = (
    "from|von|de|da|van|från|fra|od|от|від|lähettäjä|kimden|gönderen|feladó|expéditeur|remitente"
    "|mittente|afzender|remetente|avsändare|nadawca|差出人|送信者|发件人|寄件者|寄件人|보낸 사람"
    "|보낸사람|από|de la|expeditor|מאת|من|จาก|từ|dari|šalje|saatja|nuo|no"
)
SENT_LABELS = (
    "sent|date|gesendet|datum|envoyé|envoyé le|fecha|enviado|enviado el|enviada|enviada em"
    "|enviado em|data|inviato|verzonden|skickat|sendt|dato|wysłano|data wysłania|отправлено|дата"
    "|надіслано|lähetetty|päivämäärä|päiväys|tarih|gönderildi|gönderilme tarihi|odesláno"
    "|odoslané|dátum|elküldve|küldve|送信日時|日時|日付|发送时间|日期|寄件日期|時間|时间|보낸 날짜"
    "|날짜|στάλθηκε|ημερομηνία|trimis|נשלח|תאריך|تاريخ|ngày|tanggal|dikirim|poslano|saadetud"
)
TO_LABELS = (
    "to|an|à|a|para|aan|till|til|do|кому|vastaanottaja|kime|alıcı|komu|címzett|destinataire"
    "|destinatario|destinatário|宛先|收件人|收件者|받는 사람|받는사람|προς|către|catre|אל|إلى|đến"
    "|kepada|za|saajad|кому"
)
SUBJECT_LABELS = (
    "subject|betreff|objet|asunto|oggetto|onderwerp|assunto|ämne|emne|temat|тема|aihe|konu"
    "|předmět|predmet|tárgy|件名|主题|主旨|제목|θέμα|subiect|נושא|الموضوع|chủ đề|subjek|teema"
)

# The words between dashes: "-----Original Message-----".
ORIGINAL_MESSAGE = (
    "original message|original mail|original e-mail|original email|originalnachricht"
    "|ursprüngliche nachricht|urspruengliche nachricht|ursprüngliche mail|original-nachricht"
    "|message d'origine|message d’origine|message original|mail original|mensaje original"
    "|messaggio originale|messaggio original|oorspronkelijk bericht|oorspronkelijke bericht"
    "|mensagem original|ursprungligt meddelande|originalmeddelande|oprindelig meddelelse"
    "|opprinnelig melding|original besked|wiadomość oryginalna|oryginalna wiadomość"
    "|treść oryginalnej wiadomości|исходное сообщение|пересылаемое сообщение|původní zpráva"
    "|pôvodná správa|alkuperäinen viesti|eredeti üzenet|orijinal mesaj|orijinal ileti"
    "|mesaj original|αρχικό μήνυμα|元のメッセージ|original message follows|邮件原件|原始邮件"
    "|原始郵件|원본 메시지|원본 메일|reply message|reply to"
)

# What stands above a message that was forwarded: that one is news, not the past.
FORWARDED_MESSAGE = (
    "forwarded message|forwarded by|begin forwarded message|weitergeleitete nachricht"
    "|anfang der weitergeleiteten nachricht|anfang der weitergeleiteten e-mail"
    "|message transféré|début du message transféré|début du message réexpédié"
    "|mensaje reenviado|inicio del mensaje reenviado|messaggio inoltrato"
    "|inizio messaggio inoltrato|doorgestuurd bericht|begin doorgestuurd bericht"
    "|mensagem encaminhada|mensagem reencaminhada|início da mensagem reencaminhada"
    "|vidarebefordrat meddelande|vidarebefordrat brev|videresendt meddelelse|videresendt melding"
    "|přeposlaná zpráva|przekazana wiadomość|wiadomość przekazana|początek przekazywanej wiadomości"
    "|välitetty viesti|továbbított üzenet|iletilen mesaj|转发的邮件|轉寄的郵件|转发邮件信息"
    "|転送されたメッセージ|전달된 메시지|пересылаемое сообщение|перенаправленное сообщение"
)
FORWARD_PREFIXES = (
    "fw|fwd|wg|tr|rv|i|inoltra|enc|encaminhado|doorst|vs|vl|vb|vidarebefordrat|pd|továbbítás"
    "|ilt|转发|轉寄|fs|prel"
)
