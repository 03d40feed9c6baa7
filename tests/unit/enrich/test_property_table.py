"""The reference page is what the property files say."""

from __future__ import annotations

from pathlib import Path

from exchange_sync.enrich import properties
from exchange_sync.enrich.properties import PROPERTIES
from exchange_sync.enrich.table import property_table

PAGE = Path(__file__).resolve().parents[3] / "docs/reference/user-properties.md"


def test_the_reference_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == property_table(), "run python -m exchange_sync.enrich.table"


def test_every_property_file_is_listed_once_and_tells_its_meaning_and_source():
    files = {path.stem for path in Path(properties.__file__).parent.glob("*.py")} - {"__init__"}
    listed = [prop.__name__.rpartition(".")[2] for prop in PROPERTIES]
    assert sorted(listed) == sorted(files)
    assert len({prop.NAME for prop in PROPERTIES}) == len(PROPERTIES)
    for prop in PROPERTIES:
        assert "\n\nSource: " in prop.__doc__
