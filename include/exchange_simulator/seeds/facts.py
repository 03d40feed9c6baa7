"""The particulars of one conversation: who takes part, and the names, numbers and dates that its letters mention."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random

from exchange_simulator.seeds.languages import LANGUAGES, day_in_words, money
from exchange_simulator.seeds.people import CLIENTS, EXPERTS, INSURERS, MAILBOXES, Person
from exchange_simulator.seeds.scenario import Scenario

_VEHICLES = (
    "Ford Transit Custom", "VW Crafter", "Mercedes Sprinter", "Vauxhall Vivaro", "Renault Master", "Toyota Proace",
    "Iveco Daily", "DAF LF 180", "Nissan Townstar", "Peugeot Partner", "Skoda Octavia estate", "Volvo FH 460",
)  # fmt: skip
_PLACES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "en": (
        ("the A64", "the ring road", "Station Road", "the M18 slip road", "Canal Street", "the A1079", "Mill Lane"),
        (
            "14 Tannery Row",
            "Unit 6, Foss Park",
            "the Old Granary",
            "22 Kirkgate",
            "3 Harbour Parade",
            "Block C, Ousegate",
        ),
        ("Leeds", "Hull", "Bristol", "Cardiff", "Newcastle", "Rotterdam", "Gdynia", "Oslo"),
    ),
    "de": (
        ("A 24", "B 96", "Hauptstraße", "A 10"),
        ("Gewerbepark 7", "Ringstraße 41", "Am Güterbahnhof 3"),
        ("Potsdam", "Lübeck", "Linz"),
    ),
    "fr": (("A13", "rocade sud"), ("18 rue des Tanneurs", "4 quai de la Fosse"), ("Nantes", "Rouen", "Lille")),
    "es": (("A-3", "AP-7"), ("calle Mayor, 12", "polígono Sur, nave 4"), ("Valencia", "Logroño", "Cádiz")),
    "it": (("A1", "tangenziale"), ("via Garibaldi 8", "via dell'Industria 21"), ("Bologna", "Genova", "Trieste")),
    "nl": (("A27", "N201"), ("Kwekerijweg 9", "Havenkade 33"), ("Utrecht", "Zwolle", "Breda")),
    "pt": (("A28", "EN13"), ("Rua das Flores 45", "Zona Industrial, lote 12"), ("Braga", "Aveiro", "Setúbal")),
    "pl": (("A2", "S8"), ("ul. Piotrkowska 120", "ul. Długa 7"), ("Łódź", "Gdańsk", "Poznań")),
}
_PLATES = {"en": "YK{:02d} {}", "de": "B-{1} {0:02d}4", "fr": "FJ-{:03d}-{}", "es": "{:04d} {}", "pl": "WX {:05d}"}


def cast(scenario: Scenario, rng: Random) -> dict[str, Person]:
    """The people by role: the firm's mailboxes, a client who writes the scenario's language, an insurer, an expert."""
    team = MAILBOXES[scenario.team]
    spoken = [client for client in CLIENTS if client.language == scenario.language]
    insurers = [insurer for insurer in INSURERS if insurer.language == scenario.language]
    expert = EXPERTS[2] if "motor" in scenario.key else rng.choice(EXPERTS[:2])
    insurer = rng.choice(insurers or INSURERS[:4])
    return {**MAILBOXES, "firm": team, "client": rng.choice(spoken), "insurer": insurer, "expert": expert}


def particulars(scenario: Scenario, people: Mapping[str, Person], started: datetime, rng: Random) -> dict[str, str]:
    """The values of the {names} in a script."""
    language = scenario.language
    roads, streets, cities = _PLACES[language]
    year = f"{started:%y}"
    low = rng.randrange(180, 4200)
    premium = rng.randrange(640, 9800)
    letters = "".join(rng.choice("BCDFGHJKLMNPRSTVWXYZ") for _ in range(3))
    return {
        "policy": f"{rng.choice(('CC', 'MF', 'PL', 'PR'))}-{rng.randrange(1_000_000, 9_999_999)}",
        "claim": f"C{year}-{rng.randrange(10_000, 99_999)}",
        "invoice": f"INV-{year}-{rng.randrange(1_000, 9_999):05d}",
        "credit": f"CN-{year}-{rng.randrange(100, 999)}",
        "number": str(rng.randrange(100_000, 999_999)),
        "amount": money(language, low * 2 + rng.choice((0, 0.5, 0.95))),
        "amount2": money(language, low),
        "premium": money(language, premium),
        "premium2": money(language, round(premium * 0.93)),
        "excess": money(language, rng.choice((250, 350, 500, 1000))),
        "turnover": f"£{rng.randrange(24, 290) * 10}k",
        "vehicle": rng.choice(_VEHICLES),
        "plate": _PLATES.get(language, "{1}-{0:02d}-X").format(rng.randrange(20, 99), letters),
        "road": rng.choice(roads),
        "street": rng.choice(streets),
        "city": rng.choice(cities),
        "insurer": people["insurer"].company,
        "expert": people["expert"].company,
        "garage": people["expert"].company,
        "company": people["client"].company,
        "staff": people["firm"].first,
        "day": _working_day(language, started, rng.randrange(-3, 0)),
        "later": _working_day(language, started, rng.randrange(3, 6)),
        "due": _working_day(language, started, rng.randrange(12, 28)),
        "month": LANGUAGES[language].months[(started.month - 2) % 12],
    }


def _working_day(language: str, start: datetime, days: int) -> str:
    """The day so many days from the start, or the nearest working day further away from it."""
    day = start + timedelta(days=days)
    while day.weekday() >= 5:
        day += timedelta(days=1 if days > 0 else -1)
    return day_in_words(language, day)
