"""What people type into a search box, as PostgreSQL asks for it: words, "phrases", -without, OR."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

QUERY_LIMIT = 500  # characters of a query that are read
TOKEN_LIMIT = 20  # its words and phrases
_PREFIX_BYTES = 3  # a shorter last word is taken whole: two Latin letters begin too many words, one CJK character few

# as search_words() of the migration: what is not seen parts no words, what is no letter or digit does
_HIDDEN = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
_UNSEEN = re.compile(f"[{_HIDDEN}]+")
_SIGNS = (
    "\\x01-/:-@\\[-`{-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7\u05be\u05c0\u05c3\u05f3\u05f4\u060c\u061b"
    "\u061f\u06d4\u0964\u0965\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u3000-\u3004\u3008-\u3020\u3030\u303d-\u303f\u30fb"
    "\U0001f000-\U0001faff"
)
_PARTS = re.compile(f"[{_SIGNS}]+")
_BETWEEN = re.compile(f"(?:[^{_SIGNS}\\s]|[{_HIDDEN}])+")
_TOKEN = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')


@dataclass(frozen=True)
class SearchQuery:
    """A query. text: for websearch_to_tsquery. prefix: its last word may be a beginning. head: the text before that
    word, where a comment must meet it too; "" where it need not.

    marks: what hits show: each wanted word or phrase as its words, in order; the last one's last word may be a
    beginning.
    """

    text: str = ""
    prefix: bool = False
    head: str = ""
    marks: tuple[tuple[str, ...], ...] = ()


def words_of(text: str) -> list[str]:
    """Its words, as the index has them, but for case."""
    seen = _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
    return [word for word in _PARTS.sub(" ", seen).split(" ") if word]


def words_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Its words with their places (from, to), as they are compared: in one case, by the letters that are seen."""
    for match in _BETWEEN.finditer(text):
        word = match.group()
        if not word.isascii():
            word = _UNSEEN.sub("", unicodedata.normalize("NFKC", word))
        if word:
            yield match.start(), match.end(), word.casefold()


def read(query: str) -> SearchQuery:
    """A query as typed. What holds neither letters nor digits asks for nothing.

    An address or a number with dots in it is a phrase of its parts, so that every part is found too. Only a single
    word at the end may be a beginning: that of a phrase would be dear to look up.
    """
    tokens, marks, prefix = [], [], False
    for match in list(_TOKEN.finditer(query[:QUERY_LIMIT].replace("\0", " ")))[:TOKEN_LIMIT]:
        without, quoted, bare = match.groups()
        words = words_of(quoted if quoted is not None else bare)
        if bare is not None and bare.upper() == "OR" and not without:
            tokens.append("or")
        elif words:
            tokens.append(f'{without}"{" ".join(words)}"')
            if not without:
                marks.append(tuple(words))
            single = bare is not None and not without and len(words) == 1
            prefix = single and len(words[0].encode()) >= _PREFIX_BYTES
    if all(token == "or" for token in tokens):
        return SearchQuery()
    head = tokens[:-1] if prefix and len(marks) > 1 and "or" not in tokens else []
    return SearchQuery(" ".join(tokens), prefix, " ".join(head), tuple(marks))
