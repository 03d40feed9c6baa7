"""Links are taken out of the wrappings of Microsoft's and Proofpoint's gateways."""

from __future__ import annotations

import pytest
from exchange_sync.clean.links import unwrap_links
from exchange_sync.clean.text import split_html, split_plain

SAFE = (
    "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.com%2Fa%3Fb%3D1&data=05%7C02&reserved=0"
)


@pytest.mark.parametrize(
    ("wrapped", "target"),
    [
        (SAFE, "https://example.com/a?b=1"),
        (SAFE.replace("&", "&amp;"), "https://example.com/a?b=1"),
        ("https://urldefense.com/v3/__https://example.com/x__;!!AbC!xyz$", "https://example.com/x"),
        ("https://urldefense.com/v3/__https://example.com/a*b__;Iw!!AbC!xyz$", "https://example.com/a#b"),
        ("https://urldefense.com/v3/__https://example.com/a**Bb__;Iz8_!!AbC!xyz$", "https://example.com/a#??b"),
        ("https://urldefense.proofpoint.com/v2/url?u=https-3A__example.com_x&d=Dw&c=e", "https://example.com/x"),
        ("https://urldefense.proofpoint.com/v1/url?u=https%3A%2F%2Fexample.com%2Fx&k=1", "https://example.com/x"),
    ],
)
def test_a_wrapped_link_becomes_its_target(wrapped, target):
    assert unwrap_links(f"see {wrapped} now") == f"see {target} now"
    assert unwrap_links(f"<{wrapped}>.") == f"<{target}>."


@pytest.mark.parametrize(
    "odd",
    [
        "https://eur01.safelinks.protection.outlook.com/?data=05",
        "https://eur01.safelinks.protection.outlook.com/?url=javascript%3Aalert(1)",
        "https://urldefense.com/v3/__nothing",
        "https://urldefense.com/v3/__https://example.com/a*b__;%%%!!x!y$",
        "https://safelinks.example.com/?url=https%3A%2F%2Fexample.com",
    ],
)
def test_what_cannot_be_unwrapped_stays(odd):
    assert unwrap_links(odd) == odd


def test_links_are_unwrapped_in_plain_text_and_in_html():
    assert split_plain(f"see {SAFE}").body == "see https://example.com/a?b=1"
    assert split_html(f'<a href="{SAFE}">the offer</a>').body == "the offer <https://example.com/a?b=1>"
