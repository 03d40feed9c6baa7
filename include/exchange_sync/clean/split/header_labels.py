"""What mail programs write before the headers of a message they quote, by language.

One row a language; six columns: From | Sent or Date | To | Cc and Bcc | Subject | Reply-To and others.
Several labels for one header (programs differ) are separated by commas. Compared without case and accents kept.
"""

from __future__ import annotations

KINDS = ("from", "date", "to", "cc", "subject", "other")

_TABLE = """
en: From | Sent, Date, Sent on, Sent at | To | Cc, Bcc | Subject, Re | Reply-To, Importance, Attachments, Organization, Sensitivity, Priority, Sent by, When, Where
de: Von | Gesendet, Datum, Gesendet am, Verschickt | An | Cc, Bcc, Kopie, Blindkopie | Betreff | Antwort an, Wichtigkeit, Priorität, Anlagen
fr: De, Expéditeur | Envoyé, Date, Envoyé le, Message du, Envoyée | À, A, Pour, Destinataire | Cc, Cci, Copie à, Copie | Objet, Sujet | Répondre à, Importance, Pièces jointes
es: De, Remitente | Enviado, Fecha, Enviado el, Enviada, Enviado a las | Para, A | Cc, CCO, Con copia | Asunto, Tema | Responder a, Importancia, Datos adjuntos
pt: De, Remetente | Enviado, Data, Enviada, Enviada em, Enviado em | Para | Cc, Cco, CC, Bcc | Assunto | Responder a, Responder para, Importância, Anexos
it: Da, Mittente | Inviato, Data, Inviata, Inviato il, Data invio | A, Per, Destinatario | Cc, Ccn | Oggetto | Rispondi a, Priorità, Allegati
nl: Van, Afzender | Verzonden, Datum, Verstuurd, Verzonden op | Aan, Naar | Cc, Bcc, CC | Onderwerp | Antwoord aan, Beantwoorden aan, Urgentie, Bijlagen
sv: Från, Avsändare | Skickat, Datum, Skickad | Till | Kopia, Cc, Hemlig kopia | Ämne | Svar till, Svara till, Prioritet, Bilagor
da: Fra, Afsender | Sendt, Dato, Sendt den | Til | Cc, Bcc, Kopi | Emne | Svar til, Prioritet, Vedhæftede filer
no: Fra, Avsender | Sendt, Dato | Til | Kopi, Cc, Blindkopi | Emne | Svar til, Prioritet, Vedlegg
fi: Lähettäjä, Keneltä | Lähetetty, Päivämäärä, Päiväys, Pvm | Vastaanottaja, Kenelle | Kopio, Cc, Piilokopio | Aihe | Vastausosoite, Tärkeys, Liitteet
is: Frá | Sent, Dagsetning, Dags | Til | Afrit, Cc | Efni | Svara til
pl: Od, Nadawca | Wysłano, Data, Wysłane, Data wysłania, Wysłany | Do, Adresat | DW, Cc, UDW, Kopia | Temat | Odpowiedz do, Ważność, Załączniki
cs: Od, Odesílatel | Odesláno, Datum, Posláno, Odeslané | Komu, Pro | Kopie, Cc, Skrytá | Předmět, Věc | Odpověď komu, Důležitost, Přílohy
sk: Od, Odosielateľ | Odoslané, Dátum, Poslané | Komu, Pre | Kópia, Cc, Skrytá kópia | Predmet | Odpovedať komu, Dôležitosť
hu: Feladó, Küldő | Elküldve, Dátum, Küldve, Elküldött | Címzett | Másolatot kap, Másolat, Cc, Titkos másolat | Tárgy | Válaszcím, Fontosság
ro: De la, Expeditor, De | Trimis, Data, Dată, Expediat | Către, Catre, La | Cc, Bcc | Subiect | Răspuns către, Importanță
hr: Od, Šalje | Poslano, Datum, Poslato | Prima, Za, Do | Cc, Kopija, Kopija za | Predmet, Tema | Odgovori
sr: Од, Пошиљалац | Послато, Датум | За, Прима | Копија | Тема, Предмет | Одговори
sl: Od, Pošiljatelj | Poslano, Datum | Za, Prejemnik | Kp, Cc, Kopija | Zadeva | Odgovori na
bg: От | Изпратено, Дата, Изпратен | До, Към | Копие, Cc | Тема, Относно, Предмет | Отговор до
ru: От, От кого, Отправитель | Отправлено, Дата, Послано, Отправлен | Кому, Получатель | Копия, Cc, Скрытая копия | Тема | Ответить, Важность, Вложения
uk: Від, Від кого, Відправник | Надіслано, Дата, Відправлено | Кому, Одержувач | Копія, Cc | Тема | Відповісти, Важливість
lt: Nuo, Siuntėjas | Išsiųsta, Data, Siųsta | Kam, Gavėjas | Kopija, Cc | Tema | Atsakyti
lv: No, Sūtītājs | Nosūtīts, Datums | Kam, Kam (To) | Kopija, Cc | Temats, Tēma | Atbildēt
et: Saatja, Kellelt | Saadetud, Kuupäev, Saatmisaeg | Adressaat, Kellele, Saaja | Koopia, Cc | Teema | Vastus
el: Από, Αποστολέας | Στάλθηκε, Ημερομηνία, Εστάλη, Αποστολή | Προς | Κοινοποίηση, Κοιν, Cc | Θέμα | Απάντηση προς
tr: Kimden, Gönderen | Gönderildi, Tarih, Gönderilme Tarihi, Gönderme tarihi | Kime, Alıcı | Bilgi, Cc, Gizli | Konu | Yanıtla, Önem
ar: من | تاريخ الإرسال, التاريخ, أُرسلت, تم الإرسال, تم الارسال, أرسلت | إلى, الى | نسخة, نسخة إلى, عناية | الموضوع | رد إلى
fa: از, فرستنده | ارسال شده, تاریخ, فرستاده شده | به, گیرنده | رونوشت | موضوع | پاسخ به
he: מאת | נשלח, תאריך, בתאריך | אל, עבור | עותק, העתק | נושא, הנדון | השב אל
zh: 发件人, 寄件者, 寄件人, 發件人, 发自, 寄件者 (From) | 发送时间, 日期, 傳送時間, 寄件日期, 时间, 已发送, 發送時間, 傳送日期, 发送日期, 寄件时间 | 收件人, 收件者, 至 | 抄送, 副本, 副本抄送, 密送, 密件副本 | 主题, 主旨, 主題, 标题, 標題 | 回复, 重要性, 附件
ja: 差出人, 送信者, 送信元, From | 送信日時, 日付, 日時, 送信日, 送信済み, Date | 宛先, To, 受信者 | Cc, 写し, CC, Bcc | 件名, Subject | 返信先, 重要度, 添付ファイル
ko: 보낸 사람, 보낸사람, 발신, 발신자, 보낸이 | 보낸 날짜, 날짜, 보낸 시간, 보낸날짜, 일시, 보냄 | 받는 사람, 받는사람, 수신, 수신자, 받는이 | 참조, 숨은 참조 | 제목 | 회신, 중요도
vi: Từ, Người gửi | Đã gửi, Ngày, Gửi, Thời gian | Đến, Tới, Người nhận | Cc, Đồng gửi | Chủ đề, Tiêu đề | Trả lời
th: จาก | ส่ง, วันที่, ส่งเมื่อ | ถึง | สำเนา, สำเนาถึง | เรื่อง, หัวเรื่อง | ตอบกลับ
id: Dari | Dikirim, Tanggal, Terkirim | Kepada, Ke, Untuk | Cc, Tembusan | Subjek, Perihal, Hal | Balas ke
ms: Daripada | Dihantar, Tarikh | Kepada | Salinan, Cc | Subjek | Balas kepada
hi: प्रेषक, द्वारा | भेजा गया, दिनांक, तारीख | प्रति, को | प्रतिलिपि | विषय | उत्तर
ca: De, Remitent | Enviat, Data, Enviat el | Per a, A | Cc, A/c | Assumpte, Tema | Respon a
eu: Nork, Igorlea | Bidalia, Data | Nori | Kopia, Cc | Gaia | Erantzun
gl: De | Enviado, Data | Para | Cc | Asunto | Responder a
cy: Oddi wrth | Anfonwyd, Dyddiad | At, I | Copi, Cc | Pwnc | Ateb i
ga: Ó | Seolta, Dáta | Chuig, Go | Cóip, Cc | Ábhar | Freagra
"""


def _parse(table: str) -> dict[str, dict[str, str]]:
    """label (lower case) -> {language: kind}."""
    labels: dict[str, dict[str, str]] = {}
    for row in table.strip().splitlines():
        language, _, columns = row.partition(":")
        for kind, names in zip(KINDS, columns.split("|"), strict=True):
            for name in names.split(","):
                labels.setdefault(name.strip().lower(), {})[language] = kind
    return labels


LABELS: dict[str, dict[str, str]] = _parse(_TABLE)
LANGUAGES: tuple[str, ...] = tuple(row.partition(":")[0] for row in _TABLE.strip().splitlines())
LONGEST_LABEL: int = max(map(len, LABELS))
