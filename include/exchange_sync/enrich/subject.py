"""The subject without the reply, forward and warning marks that programs put before it."""

from __future__ import annotations

import re

# reply and forward marks of the common mail programs in the languages they are sold in
_MARKS = (
    "re|fw|fwd|aw|antw|antwort|wg|sv|vs|vb|vl|tr|rv|enc|res|ref|réf|rép|rif|odp|pd|ynt|ilt|i̇lt|doorst|fyi|atb|bls|tl"
    "|r|i|rvs|továbbítás|válasz|σχετ|απ|πρθ|ответ|отв|пересл|на|fs|trs|th|nf|回复|答复|转发|回覆|轉寄|轉發|返信|転送|회신|전달"
)
_PREFIX = re.compile(
    rf"(?:\s*(?:(?:{_MARKS})\s?(?:[\[(^]?\d{{1,3}}[\])]?)?\s?[:：]|\[(?:external|ext|extern|externe|externo|esterno)\]"
    r"|external\s?:|automatic reply\s?:|automatische antwort\s?:))+",
    re.IGNORECASE,
)


def without_prefixes(subject: str) -> str:
    """What is left of a subject; the whole of it if nothing else would be left."""
    prefix = _PREFIX.match(subject)
    rest = subject[prefix.end() :].strip() if prefix else subject.strip()
    return rest or subject.strip()
