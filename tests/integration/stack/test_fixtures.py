"""The databases that tests get: fresh for each test, and quick from a template."""

from __future__ import annotations

import psycopg2
import pytest


def run(url: str, statement: str) -> None:
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_an_empty_database_of_its_own(database, turn):
    run(database, "CREATE TABLE only_mine (answer int)")  # the second turn fails here if it got the first's database


def test_a_template_is_prepared_once_and_copied_with_what_it_holds(template_database, new_database):
    calls = []

    def prepare(url: str) -> None:
        calls.append(url)
        run(url, "CREATE TABLE things AS SELECT 1 AS answer")

    name = template_database("template_of_fixture_test", prepare)
    assert template_database("template_of_fixture_test", prepare) == name
    assert len(calls) == 1
    first, second = new_database(name), new_database(name)
    run(first, "DELETE FROM things")
    connection = psycopg2.connect(second)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM things")
        assert cursor.fetchone() == (1,)
    connection.close()
