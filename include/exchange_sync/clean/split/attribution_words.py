"""The words of attribution lines ("On <date>, <name> wrote:"), by language.

One row a language; two columns: how the line opens | the verb, at its end or before the name.
"""

from __future__ import annotations

_TABLE = """
en: on, at, quoting | wrote, writes, sent, said, has written, replied, posted, typed, commented
de: am, an, von, um | schrieb, schrieben, schreibt, geschrieben, hat geschrieben
fr: le, à, de | a écrit, écrit, a ecrit, écrivait, a envoyé
es: el, en, a las | escribió, escribio, ha escrito, escribe, envió
pt: em, no dia, a, às | escreveu, enviou, disse
it: il, in data, in, alle | ha scritto, scrive, scriveva
ca: el, en | va escriure, escrigué, ha escrit
gl: o, en | escribiu
nl: op, om | schreef, het volgende geschreven, geschreven, heeft geschreven, wrote
sv: den, på, vid, kl | skrev, skriver
da: den, på, kl | skrev, skriver
no: på, den, kl, klokken | skrev, skreiv
is: þann, þ | skrifaði
fi: kello | kirjoitti, kirjoittaa
et: kuupäeval | kirjutas
lv: datums | rakstīja
lt: data | rašė, parašė
pl: w dniu, dnia, w | napisał, napisała, napisał(a), napisał/a, pisze, użytkownik napisał, napisano
cs: dne, v | napsal, napsala, napsal(a), napsal/a, píše
sk: dňa, v | napísal, napísala, napísal(a), napísal/a
sl: dne, v | je napisal, je napisala, je oseba napisala
hr: dana, u, datuma | je napisao, je napisala, je napisao/la, napisao, piše
sr: дана, у | је написао, је написала, је написао/ла
hu: ekkor, dátum | ezt írta, írta, a következőt írta
ro: în, la, pe, la data de, in data de | a scris, scris
bg: на, в | написа, писа
ru: в, от, пользователь | написал, написала, написал(а), пишет, писал, писал(а), написав, пользователь написал
uk: о, в, у | написав, написала, написав(ла), пише, пишет
be: у | напісаў, напісала
el: στις, την, τις, στο | έγραψε, εγραψε, έγραψε τα εξής
tr: tarihinde, şunu | yazdı, şunları yazdı, şunu yazdı, yazmış, yazmıştır
ar: في, بتاريخ, يوم | كتب, كتبت, كَتَبَ, كتب ما يلي
fa: در, در تاریخ | نوشت, نوشته است
he: בתאריך, ב, ביום, מאת | כתב, כתבה, כתב/ה, כתב(ה), מאת
zh: 在, 于, 於 | 写道, 寫道, 写到, 编写, 撰寫, 撰写
ja: on | のメール, は書きました, さんは書きました, 書きました, のメッセージ, さんからのメール
ko: on | 작성, 님이 작성, 님의 글, 썼습니다, 님이 쓴 글, 씀
vi: vào, vào lúc, ngày | đã viết, viết
th: เมื่อ, วันที่ | เขียนว่า, เขียน
id: pada | menulis
ms: pada | menulis
hi: को | ने लिखा, लिखा
eu: | idatzi du, igorleak idatzi du
cy: ar | ysgrifennodd
ga: ar | scríobh
"""


def _parse(column: int) -> tuple[str, ...]:
    words: set[str] = set()
    for row in _TABLE.strip().splitlines():
        names = row.partition(":")[2].split("|")[column]
        words.update(name.strip() for name in names.split(",") if name.strip())
    return tuple(sorted(words, key=lambda word: (-len(word), word)))


OPENERS: tuple[str, ...] = _parse(0)
VERBS: tuple[str, ...] = _parse(1)
LANGUAGES: tuple[str, ...] = tuple(row.partition(":")[0] for row in _TABLE.strip().splitlines())
