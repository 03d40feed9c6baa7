"""Whatever the text: no exception, no NUL, valid UTF-8, bounded, and every word is in exactly one part."""

from __future__ import annotations

import re
from collections import Counter

from exchange_sync.clean.text import SplitText, html_to_text, normalise, split_html, split_plain
from exchange_sync.model.cleaned import TEXT_LIMIT
from hypothesis import given, settings
from hypothesis import strategies as st

# Pieces of mail: random sequences of them come near to every rule.
PIECES = (
    """
Hello Bo,|words of the author|> quoted|>> deeper|>|| |--|-- |---|________|Regards,|Ann Lee|- ann|Sent from my iPhone
On Mon, Jun 2, 2025 at 9:10 AM Ann <ann@example.com> wrote:|On Jun 2,|Ann wrote:|wrote:|From: ann@example.com
Sent: 2 June 2025|To: Bo|Subject: x|-----Original Message-----|---- Forwarded by Ann on 02/06/2025
Begin forwarded message:|This message is confidential, privileged and for the intended recipient.
[EXTERNAL] do not click links|*From:* Ann|+1 555 123 4567|www.example.com|<http://example.com|Von: Ann|发件人: 王
Thanks!|[...]
""".strip()
    .replace("\n", "|")
    .split("|")
    + ["\0", "\u200b", "\ud800", "\u202e", "x" * 90]
)
TAGS = (
    """
<p>|</p>|<div>|</div>|<br>|<blockquote>|</blockquote>|<blockquote type=cite>|<div class=gmail_quote>|<hr>|<table>|<tr>
<td>|</td>|</table>|<ul>|<li>|</ul>|<pre>|</pre>|<a href=http://x.example>|</a>|<div id=appendonsend>|<b>|</b>
<div class=gmail_signature>|<div style=display:none>|<img alt=x>|<!--|-->|<style>|</style>|&nbsp;|&gt;|&#0;
""".strip()
    .replace("\n", "|")
    .split("|")
)

mails = st.lists(st.sampled_from(PIECES) | st.text(max_size=30), max_size=40).map("\n".join)
pages = st.lists(st.sampled_from(PIECES) | st.sampled_from(TAGS) | st.text(max_size=20), max_size=60).map("".join)


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text))


def hold(parts: SplitText) -> str:
    """What every result promises; the three parts together."""
    for part in (parts.body, parts.signature, parts.quoted):
        assert "\0" not in part
        assert len(part) <= TEXT_LIMIT
        part.encode("utf-8")
    return "\n".join((parts.body, parts.signature, parts.quoted))


@given(mails)
@settings(max_examples=300, deadline=None)
def test_plain_text_loses_no_word_and_is_never_empty(text):
    whole = hold(split_plain(text))
    assert words(whole) == words(normalise(text))
    assert bool(split_plain(text).body.strip()) == bool(normalise(text).strip())


@given(pages)
@settings(max_examples=300, deadline=None)
def test_html_loses_no_word_that_its_text_has(html):
    whole = hold(split_html(html))
    assert words(whole) == words(html_to_text(html))


@given(mails)
@settings(max_examples=100, deadline=None)
def test_a_message_without_history_is_a_fixed_point(text):
    parts = split_plain(text)
    if not parts.quoted and not parts.signature:
        assert split_plain(parts.body) == parts
