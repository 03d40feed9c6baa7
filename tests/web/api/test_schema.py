"""The OpenAPI document, and what schemathesis makes of it: no 500, no answer that the document does not describe."""

from __future__ import annotations

import re
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support import api_reference
from tests.web.api.conftest import Api, good, identifier
from tests.web.api.test_streams import make

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def filled(api: Api) -> Api:
    """With something behind the examples of the document."""
    api.deliver(1, 2)
    make(api, start="beginning")
    return api


def aim(case: schemathesis.Case) -> None:
    """At what is there: names that are made up meet nothing but 404."""
    there = {
        "ref": "acme/exchange" if "/integrations/" in case.path else "acme/mail",
        "stream": "bot",
        "comment_id": identifier(1),
        "project": "acme",
        "key": "0000000000000001",
    }
    for name in case.path_parameters or {}:
        case.path_parameters[name] = there.get(name, case.path_parameters[name])


def check_all(api: Api, examples: int) -> None:
    """So many requests, good and bad, of each operation of the document."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", api.app)
    headers = {"Authorization": api.op.headers["authorization"]}
    checked = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=examples,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
            database=None,
        )
        @given(case=operation.as_strategy(), aimed=st.sampled_from([True, True, False]))
        def one(case: schemathesis.Case, aimed: bool) -> None:
            if aimed and case.method != "DELETE":
                aim(case)
            case.validate_response(case.call(headers=headers), checks=CHECKS)

        one()
        checked += 1
    assert checked > 50


def test_answers_are_as_documented(filled: Api) -> None:
    check_all(filled, 5)


@pytest.mark.parametrize("count", [pytest.param(20, marks=pytest.mark.long), pytest.param(100, marks=pytest.mark.soak)])
def test_answers_are_as_documented_at_length(filled: Api, count: int) -> None:
    check_all(filled, count)


def test_every_operation_is_described_with_its_errors(api: Api) -> None:
    document = good_document(api)

    assert document["openapi"].startswith("3.1")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["description"], (method, path)
            assert operation["tags"], (method, path)
            assert {"200", "4XX", "5XX"} <= set(operation["responses"]), (method, path)
            assert "422" not in operation["responses"], (method, path)
            assert operation["security"] == [{"bearer": []}], (method, path)


def good_document(api: Api) -> dict[str, Any]:
    response = api.client().get("/openapi.json")
    assert response.status_code == 200
    return dict(response.json())


def test_the_document_can_be_read_without_a_token_and_names_nothing_private(api: Api) -> None:
    api.deliver(1)

    text = api.client().get("/openapi.json").text

    assert "ann@client.example" not in text
    assert good(api.viewer.get("/auth/user"))["user"]["email"] not in text


def test_the_reference_page_lists_the_routes_that_there_are() -> None:
    """Out of date? Run: python -m tests.support.api_reference"""
    assert api_reference.PAGE.read_text(encoding="utf-8") == api_reference.page()


def test_operations_are_called_by_names_that_a_client_can_bear(api: Api) -> None:
    document = good_document(api)
    names = [one["operationId"] for operations in document["paths"].values() for one in operations.values()]

    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[a-z]+(_[a-z0-9]+)+", name) for name in names)
    assert {"get_comments", "get_comment", "put_stream", "fetch_stream", "get_user", "export_dataset"} <= set(names)
    assert [name for name in document["components"]["schemas"] if "__" in name or "-" in name] == []


def free_form(schema: Any, place: str) -> list[str]:
    """Where a schema says nothing of what is there."""
    if isinstance(schema, list):
        return [found for inner in schema for found in free_form(inner, place)]
    if not isinstance(schema, dict):
        return []
    here = [place] if schema.get("type") == "object" and schema.get("additionalProperties") in (True, {}) else []
    if "properties" in schema:
        here = []
    if schema.get("type") == "array" and not schema.get("items"):
        here = [place]
    return here + [found for name, inner in schema.items() for found in free_form(inner, f"{place}.{name}")]


def test_every_answer_is_typed_down_to_its_last_field(api: Api) -> None:
    document = good_document(api)
    schemas = document["components"]["schemas"]
    wanted = set()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for kind, content in operation["responses"]["200"]["content"].items():
                if kind == "application/json":
                    assert "$ref" in content["schema"], (method, path)
                    wanted.add(content["schema"]["$ref"].rsplit("/", 1)[1])
    for name in list(wanted):
        wanted |= set(re.findall('schemas/([A-Za-z0-9]+)"', str(schemas[name]).replace("'", '"')))
    assert [found for name in sorted(wanted) for found in free_form(schemas[name], name)] == []
