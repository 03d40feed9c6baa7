"""Knows the tags by which mail programs mark history and signatures in HTML.

The sources are the programs' own output: Gmail, Outlook (desktop, web, mobile, Mac), Hotmail, Yahoo, Apple Mail,
Thunderbird, Zimbra, Zoho, Proton, Tuta, GMX, Roundcube, Airmail, Front,
Spark, NetEase. Ids repeated inside history get an "x_".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum

from selectolax.lexbor import LexborNode

from exchange_sync.clean.html.elements import names

Attributes = Mapping[str, str | None]


class Role(Enum):
    """What a tag says about the lines in it."""

    NONE = "nothing"
    HISTORY = "all in it is history"
    REPLY = "what stands in it before and inside its first quote is history; behind that the author may write"
    CITE = "a quote that a mail program made"
    SOFT = "a quote that may be the author's own indentation"
    END = "from here on all is history"
    SIGNATURE = "all in it is the signature"
    SIGNED = "from here on to the history all is the signature"
    BOX = "a coloured box"


_HISTORY_CLASSES = names(
    "yahoo_quoted yahoo-quoted-begin protonmail_quote tutanota_quote zmail_extra zmail_quote moz-cite-prefix"
    " moz-forward-container moz-email-headers-table gmail_attr airmail_on airmail_ext_on quoted-plain-text"
    " ms-outlook-mobile-reference-message gmail_quote_attribution front-blockquote mailbird-quote"
    " spark_quote sh-quoted-content mb_quote"
)
_HISTORY_IDS = names(
    "OLK_SRC_BODY_SECTION mail-editor-reference-message-container isReplyContent reply-intro isForwardContent"
)
_ROLE_OF_NAME = {
    "quote": Role.HISTORY,
    "messageReplySection": Role.HISTORY,
    "messageSignatureSection": Role.SIGNATURE,
    "_MailAutoSig": Role.SIGNED,  # Word's bookmark; an automatic signature goes to the end of what its author writes
}
_HISTORY_ID_STARTS = ("AOLMsgPart", "yahoo_quoted", "replyBlockquote")
_END_CLASSES = names("OutlookMessageHeader")  # Outlook 2003: the head alone stands in it, the message beside it
_END_IDS = names("divRplyFwdMsg appendonsend stopSpelling zwchr divtagdefaultwrapperquote")
_SIGNATURE_CLASSES = names(
    "gmail_signature moz-signature protonmail_signature_block-user yahoo_signature spark_signature"
    " zmail_signature ms-outlook-ios-signature"
)
_SIGNATURE_IDS = names(
    "Signature ms-outlook-mobile-signature AppleMailSignature ymail_android_signature ymail_ios_signature"
    " Zm-_Id_-Sgn bloop_sign composer_signature"
)
# Outlook on the desktop draws a line above the headers of the message it quotes: a paragraph box with a top border.
_OUTLOOK_BOX = re.compile(r"border-top:\s?solid #?\w{3,12} 1\.0pt;\s?padding:\s?3\.0pt 0", re.IGNORECASE)
_HEADERS_IN_BOX = 3


_BOXES = names("table td tr div p center")
_COLOUR = re.compile(r"background(?:-color)?\s?:\s?([^;]{1,60})", re.IGNORECASE)
_PLAIN_COLOURS = ("#fff", "white", "transparent", "none", "inherit", "initial", "#fefefe", "unset", "url", "window")
_STYLE = 1_000  # characters that are looked at


def is_coloured(tag: str, attributes: Attributes) -> bool:
    """True for a box with a background of its own, as gateways and Outlook put around their warnings."""
    if tag not in _BOXES:
        return False
    colour = attributes.get("bgcolor") or ""
    if not colour:
        style = attributes.get("style")
        found = _COLOUR.search(style[:_STYLE]) if style and "background" in style else None
        colour = found[1] if found else ""
    colour = colour.strip().lower()
    return bool(colour) and not colour.startswith(_PLAIN_COLOURS) and not colour.startswith("rgb(255, 255, 255")


def role_of(node: LexborNode, tag: str, attributes: Attributes, *, look_inside: bool) -> Role:
    """What this element says about the lines in it.

    attributes: its own, names in lower case. look_inside: whether its content may be read to tell; that costs as much
    as the content is long, and so is not to be done at every level of nesting.
    """
    if tag == "blockquote":
        return _quote_role(attributes)
    identity = (attributes.get("id") or "").removeprefix("x_")
    classes = (attributes.get("class") or "").replace("x_", "").split()
    if identity:
        role = _role_of_id(identity)
        if role is not Role.NONE:
            return role
    if "gmail_quote" in classes:
        return _gmail_role(node) if look_inside else Role.REPLY
    if not _END_CLASSES.isdisjoint(classes):
        return Role.END
    if not _HISTORY_CLASSES.isdisjoint(classes):
        return Role.HISTORY
    if not _SIGNATURE_CLASSES.isdisjoint(classes):
        return Role.SIGNATURE
    role = _ROLE_OF_NAME.get((attributes.get("name") or "").removeprefix("x_"), Role.NONE)
    if role is not Role.NONE:
        return role
    style = attributes.get("style")
    if look_inside and style and "border-top" in style and _OUTLOOK_BOX.search(style) and _holds_headers(node):
        return Role.END
    return Role.NONE


def _role_of_id(identity: str) -> Role:
    if identity in _END_IDS:
        return Role.END
    if identity in _HISTORY_IDS or identity.startswith(_HISTORY_ID_STARTS):
        return Role.HISTORY
    if identity in _SIGNATURE_IDS:
        return Role.SIGNATURE
    return Role.NONE


def _quote_role(attributes: Attributes) -> Role:
    """A blockquote with type=cite or a mail program's mark is the program's.

    Gmail's class alone is none: Gmail writes it on an author's own indentation as well.
    """
    classes = attributes.get("class") or ""
    if (attributes.get("id") or "").removeprefix("x_") in _HISTORY_IDS:
        return Role.CITE
    if (attributes.get("type") or attributes.get("data-type") or "").lower() == "cite" or attributes.get("cite"):
        return Role.CITE
    if any(
        name in classes for name in ("protonmail_quote", "front-blockquote", "iosymail", "airmail", "tutanota_quote")
    ):
        return Role.CITE
    return Role.SOFT


def _gmail_role(node: LexborNode) -> Role:
    """Gmail writes replies as (attribution, blockquote) and forwards without a blockquote of its own."""
    if node.css_first("blockquote") is None:
        return Role.HISTORY
    return Role.HISTORY if node.text(separator="").lstrip()[:3] == "---" else Role.REPLY


def _holds_headers(node: LexborNode) -> bool:
    return node.text(separator="")[:1_000].count(":") >= _HEADERS_IN_BOX
