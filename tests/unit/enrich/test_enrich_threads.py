"""Conversations are told by ids, never by subject."""

from __future__ import annotations

from base64 import b64encode

import pytest
from exchange_sync.enrich.api import enrich
from exchange_sync.enrich.threads import thread_guid

from tests.unit.enrich.facts_builder import OWN_ID, facts

GUID = bytes(range(16))
INDEX = b64encode(b"\x01\xda\x00\x00\x00\x01" + GUID).decode()
GUID_TEXT = "00010203-0405-0607-0809-0a0b0c0d0e0f"


def test_an_answer_looks_for_the_nearest_email_first_and_the_root_last():
    comment = enrich(facts(references=("<root@x>", "<a@x>", "<b@x>"), in_reply_to=("<b@x>", "<other@x>")))
    assert comment.thread_candidates == ("<b@x>", "<a@x>", "<other@x>", "<root@x>")
    assert comment.thread_id == "<root@x>"


def test_an_answer_without_references_joins_what_it_replies_to():
    comment = enrich(facts(in_reply_to=("<p@x>",)))
    assert (comment.thread_candidates, comment.thread_id) == (("<p@x>",), "<p@x>")


def test_an_email_never_answers_itself():
    comment = enrich(facts(references=(OWN_ID,), in_reply_to=(OWN_ID,)))
    assert (comment.thread_candidates, comment.thread_id) == ((), OWN_ID)


def test_without_ids_the_guid_of_thread_index_opens_the_thread():
    assert enrich(facts(thread_index=INDEX)).thread_id == GUID_TEXT


def test_answers_share_the_guid_of_their_thread_index():
    answer = b64encode(b"\x01\xda\x00\x00\x00\x01" + GUID + b"\x00\x01\x02\x03\x04").decode()
    assert thread_guid(answer) == thread_guid(INDEX) == GUID_TEXT


@pytest.mark.parametrize("index", [None, "", "AQHa", "not base64!", "ü", "=" * 40])
def test_a_thread_index_that_holds_no_guid_counts_as_none(index):
    assert thread_guid(index) is None
    assert enrich(facts(thread_index=index)).thread_id == OWN_ID


def test_the_same_subject_joins_nothing():
    assert enrich(facts(subject="Re: Claim 7")).thread_candidates == ()


def test_a_thread_id_fits_the_api():
    assert len(enrich(facts(references=("<" + "r" * 5_000 + ">",))).thread_id) == 2_056
