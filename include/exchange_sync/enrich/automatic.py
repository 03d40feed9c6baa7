"""Was an email written by a person? Told by its headers and class first, by well-known subjects last."""

from __future__ import annotations

import re

from exchange_sync.model.cleaned import REPORT_ONLY, Person
from exchange_sync.model.comment import EmailFacts

AUTO_REPLY, BOUNCE, BULK, CALENDAR, NONE = "auto-reply", "bounce", "bulk", "calendar", "none"
_DAEMONS = ("mailer-daemon", "postmaster", "microsoftexchange329e71ec88ae4615bbc36ab6ce41109e")
# how Exchange begins the subject of an automatic reply, by language of the mailbox
_AWAY = re.compile(
    r"(?:automatic reply|out of office|autoreply|auto[- ]reply|automatische antwort|abwesenheitsnotiz|abwesend"
    r"|réponse automatique|absence du bureau|respuesta automática|fuera de la oficina|risposta automatica|fuori sede"
    r"|resposta automática|automatisch antwoord|afwezig|autosvar|automatiskt svar|automatisk svar|automaattinen vastaus"
    r"|autoodpowiedź|odpowiedź automatyczna|automatická odpověď|automatikus válasz|răspuns automat|otomatik yanıt"
    r"|автоматический ответ|автоматична відповідь|αυτόματη απάντηση|自動回覆|自动答复|自動応答"
    r"|自動返信|자동 회신)\s*[:：]",
    re.IGNORECASE,
)
_UNDELIVERED = re.compile(
    r"undeliver|delivery (?:status|failed|failure|has failed)|failure notice|returned mail|mail delivery failed"
    r"|unzustellbar|nicht zustellbar|non remis|non consegnat|no se puede entregar|não entregue|onbestelbaar",
    re.IGNORECASE,
)


def kind_of(facts: EmailFacts) -> str:
    """auto-reply, bounce, calendar, bulk or none; the first that fits, in this order but calendar before replies."""
    if _is_bounce(facts):
        return BOUNCE
    if _is_calendar(facts):
        return CALENDAR
    if _is_reply(facts):
        return AUTO_REPLY
    return BULK if _is_bulk(facts) else NONE


def _is_bounce(facts: EmailFacts) -> bool:
    """A delivery report says so itself (RFC 3464); others come from a mail system with an empty return path."""
    headers, item_class = facts.cleaned.headers, facts.properties.item_class.upper()
    if item_class.startswith("REPORT.") and item_class.endswith(".NDR"):
        return True
    content_type = headers.get("content-type", "").lower()
    if "multipart/report" in content_type and "delivery-status" in content_type:
        return True
    if "x-failed-recipients" in headers:
        return True
    if facts.cleaned.journal == REPORT_ONLY:  # Exchange writes its journal reports under the name of its bounces
        return False
    sender = facts.cleaned.sender or Person("", "")
    if (sender.address or sender.name).casefold().startswith(_DAEMONS):
        return True
    nobody = not sender.address or headers.get("return-path", "").strip() == "<>"
    return nobody and _UNDELIVERED.search(facts.cleaned.subject) is not None


def _is_calendar(facts: EmailFacts) -> bool:
    if facts.properties.item_class.upper().startswith("IPM.SCHEDULE."):
        return True
    return any(attachment.content_type == "text/calendar" for attachment in facts.cleaned.attachments)


def _is_reply(facts: EmailFacts) -> bool:
    """RFC 3834, its forerunners, receipts, and Exchange's own message classes."""
    headers, item_class = facts.cleaned.headers, facts.properties.item_class.upper()
    if item_class.startswith(("IPM.NOTE.RULES.OOFTEMPLATE", "IPM.NOTE.RULES.REPLYTEMPLATE", "REPORT.")):
        return True
    if "auto-replied" in headers.get("auto-submitted", "").lower() or "multipart/report" in headers.get(
        "content-type", ""
    ):
        return True
    if headers.get("precedence", "").lower() in ("auto_reply", "auto-reply"):
        return True
    if any(headers.get(name, "no").lower() != "no" for name in ("x-autoreply", "x-autorespond", "x-autoresponse")):
        return True
    return _AWAY.match(facts.cleaned.subject) is not None


def _is_bulk(facts: EmailFacts) -> bool:
    """Sent to many, or by a program to no one in particular."""
    headers = facts.cleaned.headers
    if headers.get("precedence", "").lower() in ("bulk", "list", "junk"):
        return True
    if headers.get("auto-submitted", "no").lower().startswith("auto-generated"):
        return True
    return any(name in headers for name in ("list-id", "list-unsubscribe", "feedback-id"))
