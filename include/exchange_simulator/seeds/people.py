"""The firm, its four mailboxes and the people who write to it. All names are invented, all domains reserved."""

import unicodedata
from dataclasses import dataclass

FIRM = "Larkfield & Moss Insurance Brokers"
DOMAIN = "larkfieldmoss.example"


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who writes: `program` is the mail program's key in programs.py, `utc` the hours east of Greenwich
    (summer time is left out)."""

    name: str
    address: str
    company: str
    language: str
    program: str
    signer: str
    title: str
    phone: str
    utc: int = 0

    @property
    def first(self) -> str:
        return self.signer.split()[0]

    @property
    def last(self) -> str:
        return self.signer.split()[-1]

    @property
    def inside(self) -> bool:
        return self.address.endswith("@" + DOMAIN)


def _mailbox(local: str, name: str, signer: str, title: str, extension: str) -> Person:
    phone = f"+44 1632 960{extension}"
    return Person(name, f"{local}@{DOMAIN}", FIRM, "en", "outlook", signer, title, phone)


SUPPORT = _mailbox("support", "Larkfield & Moss Client Services", "Tom Hartley", "Client Services", "110")
CLAIMS = _mailbox("claims", "Larkfield & Moss Claims", "Ingrid Solberg", "Senior Claims Handler", "120")
BILLING = _mailbox("billing", "Larkfield & Moss Accounts", "Marek Dvořák", "Premium Accounts", "130")
BROKER = _mailbox("nadia.okafor", "Nadia Okafor", "Nadia Okafor", "Account Director", "142")
MAILBOXES = {"support": SUPPORT, "claims": CLAIMS, "billing": BILLING, "broker": BROKER}

_CLIENTS = """
en|Gareth Pugh|Pugh Joinery Ltd|pughjoinery|outlook|Managing Director|01632 960801
en|Helen Marchetti|Harbour View Guest House|harbourview|gmail|Owner|01632 960802
en|Samuel Adeyemi|Adeyemi Logistics|adeyemilogistics|original|Fleet Manager|01632 960803
en|Priya Raman|Cobalt Dental Group|cobaltdental|apple|Practice Manager|01632 960804
en|Duncan McAllister|McAllister Plant Hire|mcallisterplant|thunderbird|Operations Manager|01632 960805
en|Sophie Whitcombe|Whitcombe & Daughters Bakery|whitcombebakery|iphone|Proprietor|01632 960806
en|Oliver Thackray|Thackray Engineering plc|thackray|notes|Company Secretary|01632 960807
en|Amelia Brandt|Northgate Property Management|northgatepm|outlook|Portfolio Manager|01632 960808
en|Yusuf Demir|Demir Catering|demircatering|android|Director|01632 960809
en|Rosalind Keane|Keane Veterinary Centre|keanevets|gmail|Practice Partner|01632 960810
en|Callum Frith|Frith Roofing|frithroofing|iphone|Owner|01632 960811
en|Margaret Oyelaran|St Bride's Community Trust|stbridestrust|thunderbird|Trustee|01632 960812
en|Ben Lindqvist|Tidewater Marine Services|tidewatermarine|original|Yard Manager|01632 960813
en|Joanna Petrides|Petrides Legal LLP|petrideslegal|outlook|Office Manager|01632 960814
en|Rajesh Nair|Nair & Sons Pharmacy|nairpharmacy|gmail|Superintendent Pharmacist|01632 960815
en|Fiona Gallagher|Gallagher Haulage|gallagherhaulage|notes|Insurance Manager|01632 960816
en|Leo Castellano|Studio Castellano Architects|studiocastellano|apple|Partner|01632 960817
en|Beth Horrocks|Moorland Dairy Co-operative|moorlanddairy|outlook|Finance Director|01632 960818
en|Victor Osei|Osei Security Services|oseisecurity|android|Operations Director|01632 960819
en|Catherine Lowell|Lowell Antiques|lowellantiques|gmail|Owner|01632 960820
de|Jürgen Weißmüller|Weißmüller Maschinenbau GmbH|weissmueller|outlook|Leiter Einkauf|+49 30 23125 114
de|Annegret Köhler|Köhler & Söhne Spedition|koehler-spedition|thunderbird|Disposition|+49 30 23125 115
de|Stefan Brünner|Hotel Brünner|hotel-bruenner|gmail|Geschäftsführer|+43 1 5550 116
fr|Élodie Marchand|Ateliers Marchand SARL|ateliers-marchand|outlook|Directrice administrative|+33 1 99 00 12 34
fr|Benoît Lefèvre|Transports Lefèvre|transports-lefevre|apple|Gérant|+33 1 99 00 12 35
es|Begoña Ibáñez|Bodegas Ibáñez S.L.|bodegasibanez|gmail|Administración|+34 900 555 121
es|Íñigo Peña|Peña Construcciones|penaconstrucciones|outlook|Jefe de obra|+34 900 555 122
it|Nicolò D'Alessandro|Ceramiche D'Alessandro|ceramichedalessandro|apple|Amministratore|+39 06 5550 131
it|Chiara Bellandi|Bellandi Viaggi|bellandiviaggi|outlook|Responsabile ufficio|+39 06 5550 132
nl|Sanne van der Velde|Van der Velde Kwekerijen BV|vdvelde|outlook|Bedrijfsleider|+31 20 555 0141
nl|Joris Çelik|Çelik Techniek|celiktechniek|gmail|Eigenaar|+31 20 555 0142
pt|Conceição Guimarães|Têxteis Guimarães Lda|texteisguimaraes|outlook|Departamento financeiro|+351 21 555 0151
pt|João Paixão|Paixão Turismo|paixaoturismo|gmail|Gerente|+351 21 555 0152
pl|Łukasz Żółtowski|Żółtowski Transport Sp. z o.o.|zoltowski|outlook|Specjalista ds. floty|+48 22 555 01 61
pl|Małgorzata Śliwińska|Piekarnia Śliwińska|sliwinska|gmail|Właścicielka|+48 22 555 01 62
"""
_INSURERS = """
en|Karen Stubbs|Northmark Mutual|northmark|outlook|Senior Underwriter|01632 960901
en|Peter Vance|Castellan Commercial Insurance|castellan|original|Claims Technician|01632 960902
en|Deepa Krishnan|Meridian Specialty|meridianspecialty|outlook|Underwriter, Liability|01632 960903
en|Alan Tranter|Old Wharf Syndicate|oldwharf|notes|Credit Control|01632 960904
de|Ursula Grünfeld|Alpina Versicherung AG|alpina-versicherung|notes|Schadenabteilung|+41 44 555 01 71
fr|Thérèse Vauquelin|Assurances du Ponant|assurances-ponant|outlook|Gestionnaire sinistres|+33 1 99 00 22 11
es|Ramón Quiñones|Seguros Levante|seguroslevante|outlook|Tramitador de siniestros|+34 900 555 171
"""
_EXPERTS = """
en|Martin Bramwell|Bramwell Loss Adjusters|bramwelladjusters|original|Chartered Loss Adjuster|01632 960911
en|Siobhan Doyle|Kerr & Doyle Surveyors|kerrdoyle|outlook|Building Surveyor|01632 960912
en|Tariq Hussain|Fastlane Accident Repair|fastlanerepair|gmail|Workshop Manager|01632 960913
en|Wendy Aldous|Aldous Recovery|aldousrecovery|android|Dispatcher|01632 960914
"""
_HOURS_EAST = {"en": 0, "pt": 0}


def _people(table: str) -> tuple[Person, ...]:
    people = []
    for line in table.split("\n"):
        if line:
            language, name, company, domain, program, title, phone = line.split("|")
            local = _ascii(name.split()[0]) + "." + _ascii(name.split()[-1])
            utc = _HOURS_EAST.get(language, 1)
            address = f"{local}@{domain}.example"
            people.append(Person(name, address, company, language, program, name, title, phone, utc))
    return tuple(people)


def _ascii(name: str) -> str:
    """The local part of an address as a registrar would spell the name."""
    plain = unicodedata.normalize("NFD", name.translate(_PLAIN))
    return "".join(letter for letter in plain.lower() if letter.isascii() and letter.isalnum())


_PLAIN = str.maketrans({"ü": "ue", "ö": "oe", "ä": "ae", "ł": "l", "Ł": "L", "ß": "ss"})
CLIENTS = _people(_CLIENTS)
INSURERS = _people(_INSURERS)
EXPERTS = _people(_EXPERTS)
