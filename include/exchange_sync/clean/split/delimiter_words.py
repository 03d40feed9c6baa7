"""What mail programs write between a message and the one it quotes or forwards, by language.

One row a language; two columns: words for a reply | words for a forward. They stand between dashes
("-----Original Message-----") or, for a forward, alone with a colon ("Begin forwarded message:").
"""

from __future__ import annotations

_TABLE = """
en: original message, reply message, original appointment, original email, original mail, message history, previous message | forwarded message, begin forwarded message, start of forwarded message, forwarded mail, forwarded email, forwarded letter
de: ursprüngliche nachricht, originalnachricht, original-nachricht, antwort nachricht, original nachricht, ursprünglicher termin, ursprüngliche mitteilung | weitergeleitete nachricht, anfang der weitergeleiteten nachricht, anfang der weitergeleiteten e-mail, weitergeleitete mail
fr: message d'origine, message original, message initial, message d’origine, courriel original, rendez-vous d'origine | message transféré, début du message réexpédié, début du message transféré, message réexpédié, e-mail transféré, mail transféré
es: mensaje original, mensaje original enviado, cita original | mensaje reenviado, inicio del mensaje reenviado, mensaje remitido, correo reenviado
pt: mensagem original, compromisso original | mensagem encaminhada, mensagem reencaminhada, início da mensagem reencaminhada, início da mensagem encaminhada, mensagem redirecionada
it: messaggio originale, messaggio di origine, appuntamento originale | messaggio inoltrato, inizio messaggio inoltrato, messaggio rinviato
ca: missatge original | missatge reenviat, inici del missatge reenviat
gl: mensaxe orixinal | mensaxe reenviada
eu: jatorrizko mezua | birbidalitako mezua
nl: oorspronkelijk bericht, origineel bericht, oorspronkelijke bericht, oorspronkelijke afspraak | doorgestuurd bericht, begin doorgestuurd bericht, doorgezonden bericht
sv: ursprungligt meddelande, originalmeddelande, ursprungligt mejl | vidarebefordrat meddelande, vidarebefordrat mejl, börja vidarebefordrat meddelande, vidarebefordrat brev
da: oprindelig meddelelse, oprindelig besked, original meddelelse, oprindelig mail, oprindelig e-mail | videresendt meddelelse, videresendt besked, start på videresendt besked, start på videresendt meddelelse, videresendt mail
no: opprinnelig melding, original melding, opprinnelig e-post | videresendt melding, begynn videresendt melding, videresendt e-post, begynnelse på videresendt melding, start på videresendt melding
fi: alkuperäinen viesti, alkuperäinen sanoma | välitetty viesti, välitetty viesti alkaa, edelleenlähetetty viesti
is: upprunaleg skilaboð | áframsend skilaboð
pl: wiadomość oryginalna, oryginalna wiadomość, pierwotna wiadomość, treść oryginalnej wiadomości | wiadomość przekazana, przekazana wiadomość, początek przekazywanej wiadomości, początek przekazanej wiadomości, treść przekazanej wiadomości
cs: původní zpráva, původní e-mail, originální zpráva | přeposlaná zpráva, začátek přeposílané zprávy, předaná zpráva, přeposlaný e-mail
sk: pôvodná správa, originálna správa | preposlaná správa, začiatok preposlanej správy, správa preposlaná ďalej
hu: eredeti üzenet, eredeti levél | továbbított üzenet, továbbított levél kezdete, továbbított levél, továbbküldött üzenet
ro: mesaj original, mesajul original, mesajul inițial | mesaj redirecționat, începe mesajul redirecționat, mesaj transmis mai departe, mesaj înaintat
hr: izvorna poruka, originalna poruka, izvorna poruka e-pošte | proslijeđena poruka, započni proslijeđenu poruku, početak proslijeđene poruke
sr: изворна порука, оригинална порука | прослеђена порука, почетак прослеђене поруке
sl: izvirno sporočilo, prvotno sporočilo | posredovano sporočilo, začetek posredovanega sporočila
bg: оригинално съобщение, оригинално писмо | препратено съобщение, начало на препратеното съобщение, препратено писмо
ru: исходное сообщение, оригинальное сообщение, исходное письмо, первоначальное сообщение, original message | пересылаемое сообщение, переадресованное сообщение, начало переадресованного сообщения, перенаправленное сообщение, пересланное сообщение, начало пересылаемого сообщения, пересылаемое письмо, перенаправленное письмо
uk: вихідне повідомлення, оригінальне повідомлення, початкове повідомлення | переслане повідомлення, початок листа що пересилається, перенаправлене повідомлення, переслано
lt: pradinis laiškas, originalus laiškas, pirminis laiškas | persiųstas laiškas, peradresuotas laiškas
lv: sākotnējais ziņojums, oriģinālā vēstule | pārsūtītais ziņojums, pārsūtīta vēstule
et: algne sõnum, algne kiri, algteade | edastatud sõnum, edastatud kiri, edasisaadetud kiri
el: αρχικό μήνυμα, πρωτότυπο μήνυμα | προωθημένο μήνυμα, έναρξη προωθημένου μηνύματος, προωθούμενο μήνυμα
tr: orijinal mesaj, özgün ileti, özgün mesaj, orijinal ileti | iletilen mesaj, iletilmiş mesaj, yönlendirilmiş ileti, i̇leti başlangıcı, ileti başlangıcı, yönlendirilen ileti
ar: الرسالة الأصلية, رسالة أصلية, الرسالة الاصلية | رسالة معاد توجيهها, الرسالة المعاد توجيهها, رسالة ممررة, بداية الرسالة المعاد توجيهها
fa: پیام اصلی | پیام فوروارد شده, پیام ارسال شده, پیام هدایت‌شده
he: הודעה מקורית, ההודעה המקורית | הודעה שהועברה, תחילת ההודעה שהועברה, הודעה מועברת
zh: 原始邮件, 原始郵件, 邮件原件, 原邮件, 原始消息, 原始信件, 原始訊息 | 转发邮件, 轉寄的郵件, 转发的邮件, 已转发邮件, 轉寄郵件, 转发邮件信息, 以下是转发的邮件, 开始转发的邮件, 開始轉寄郵件
ja: 元のメッセージ, 元のメール, オリジナルメッセージ, 元メール | 転送メッセージ, 転送されたメッセージ, 転送されたメール, 転送メール, 以下は転送されたメッセージです, 元のメールの転送
ko: 원본 메시지, 원본 메일, 원본 이메일, 원래 메시지 | 전달된 메시지, 전달된 메일, 전달된 이메일, 다음은 전달된 메시지입니다
vi: thư gốc, tin nhắn gốc, thư ban đầu | thư đã chuyển tiếp, tin nhắn được chuyển tiếp, thư được chuyển tiếp, bắt đầu thư được chuyển tiếp
th: ข้อความต้นฉบับ, ข้อความดั้งเดิม | ข้อความที่ส่งต่อ, เริ่มต้นข้อความที่ส่งต่อ
id: pesan asli | pesan terusan, pesan yang diteruskan, mulai pesan terusan
ms: mesej asal | mesej yang dimajukan
hi: मूल संदेश | अग्रेषित संदेश
"""


def _parse(column: int) -> frozenset[str]:
    words: set[str] = set()
    for row in _TABLE.strip().splitlines():
        names = row.partition(":")[2].split("|")[column]
        words.update(name.strip() for name in names.split(",") if name.strip())
    return frozenset(words)


REPLY_WORDS: frozenset[str] = _parse(0)
FORWARD_WORDS: frozenset[str] = _parse(1)
LANGUAGES: tuple[str, ...] = tuple(row.partition(":")[0] for row in _TABLE.strip().splitlines())
