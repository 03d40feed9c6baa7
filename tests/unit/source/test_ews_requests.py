"""Every request is valid against Microsoft's schema of the version that it declares."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from exchange_sync.source.ews import queries
from exchange_sync.source.ews.assembled import large_shape
from exchange_sync.source.ews.content import mime_shape
from exchange_sync.source.ews.distinguished import names_for
from exchange_sync.source.ews.properties import properties_shape
from exchange_sync.source.ews.versions import ServerVersion
from lxml import etree

from tests.conftest import shared_folder

BOX = "support@example.org"
SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, 0, 0, 0, 1, tzinfo=UTC)
SCHEMAS = {"14.2.387.0": "exchange2010-sp2", "15.0.847.32": "exchange2013-sp1", "15.2.1118.7": "exchange2016"}


@pytest.fixture(scope="module", params=sorted(SCHEMAS))
def build(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def schema(build: str) -> etree.XMLSchema:
    file = shared_folder() / "xsd" / SCHEMAS[build] / "ews.xsd"
    if not file.exists():
        pytest.skip(f"the schema is not there: {file}")
    return etree.XMLSchema(etree.parse(file))


def payloads(build: str) -> dict[str, etree._Element]:
    version = ServerVersion.of(build)
    names = [queries.distinguished(one, BOX) for one in names_for(version, archive=True)]
    return {
        "inbox": queries.get_folders([queries.distinguished("inbox", None)], ids_only=True),
        "distinguished": queries.get_folders(names),
        "tree": queries.find_folders([queries.distinguished("msgfolderroot", BOX)], 0, 1000),
        "below": queries.find_folders([queries.folder_id("a"), queries.folder_id("b")], 1000, 1000),
        "first sync": queries.sync_items("F", None, 512),
        "sync": queries.sync_items("F", "state", 1),
        "properties": queries.get_items(["a", "b"], properties_shape()),
        "mime": queries.get_items(["a"], mime_shape()),
        "large": queries.get_items(["a"], large_shape()),
        "find all": queries.find_items("F", None, None, 0, 500),
        "find since": queries.find_items("F", SINCE, None, 0, 500),
        "find window": queries.find_items("F", SINCE, UNTIL, 500, 500),
        "attachment": queries.get_attachment("A"),
        "resolve": queries.resolve_names("/O=FIRM/CN=ANN"),
    }


def test_every_request_is_valid_against_the_schema_of_its_version(build: str, schema: etree.XMLSchema):
    for name, payload in payloads(build).items():
        tree = etree.fromstring(etree.tostring(payload))
        assert schema.validate(tree), f"{name}: {schema.error_log.last_error}"


def test_the_end_of_a_window_is_rounded_up_so_that_nothing_before_it_is_missed():
    found = queries.find_items("F", SINCE, UNTIL, 0, 1)
    values = [one.get("Value") for one in found.iter("{*}Constant")]
    assert values == ["2026-11-01T00:00:00Z", "2026-11-02T00:00:01Z"]
