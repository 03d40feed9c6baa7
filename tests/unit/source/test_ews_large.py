"""Large items: a MIME of headers and body, and attachments as a stream in flat memory."""

from __future__ import annotations

import base64
import tracemalloc
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import default

import pytest
from exchange_sync.errors import ItemFault, ItemGone, Retriable
from exchange_sync.model.email import LargeItem, SourceAttachment
from exchange_sync.source.ews.refusal import Truncated
from exchange_sync.source.ews.streaming import AttachmentReader
from exchange_sync.source.ews.xml import Garbled

from tests.unit.source.ews_canned import NAMESPACES, FakeExchange, error, fault, response

BOX = "support@example.org"


def item(headers: str = "", body: str = '<t:Body BodyType="HTML">&lt;p&gt;Grüße&lt;/p&gt;</t:Body>') -> str:
    return f"""<m:Items><t:Message><t:ItemId Id="a"/><t:Subject>Ärger\r\nBcc: x@y</t:Subject>{body}<t:Attachments>
<t:FileAttachment><t:AttachmentId Id="f1"/><t:Name>Größe.pdf</t:Name><t:ContentType>application/pdf</t:ContentType>
<t:ContentId>c1</t:ContentId><t:Size>99</t:Size><t:IsInline>true</t:IsInline></t:FileAttachment>
<t:ItemAttachment><t:AttachmentId Id="f2"/><t:Name>Old mail</t:Name><t:Size>5</t:Size></t:ItemAttachment>
<t:ReferenceAttachment><t:Name>no id</t:Name></t:ReferenceAttachment></t:Attachments>{headers}
<t:DateTimeSent>2026-11-01T08:00:00Z</t:DateTimeSent>
<t:ToRecipients><t:Mailbox><t:Name>Büro, das</t:Name><t:EmailAddress>a@x.org</t:EmailAddress></t:Mailbox>
<t:Mailbox><t:EmailAddress>b@x.org</t:EmailAddress></t:Mailbox></t:ToRecipients>
<t:From><t:Mailbox><t:Name>Ann</t:Name><t:EmailAddress>ann@x.org</t:EmailAddress></t:Mailbox></t:From>
<t:InternetMessageId>&lt;1@x&gt;</t:InternetMessageId></t:Message></m:Items>"""


HEADERS = """<t:InternetMessageHeaders>
<t:InternetMessageHeader HeaderName="Received">from x by y</t:InternetMessageHeader>
<t:InternetMessageHeader HeaderName="Subject">=?utf-8?q?=C3=84rger?=</t:InternetMessageHeader>
<t:InternetMessageHeader HeaderName="Content-Type">multipart/mixed; boundary=x</t:InternetMessageHeader>
<t:InternetMessageHeader HeaderName="X-Odd">ä
Evil: yes</t:InternetMessageHeader>
<t:InternetMessageHeader HeaderName="X-Plain">a
Evil: yes</t:InternetMessageHeader>
<t:InternetMessageHeader HeaderName="Not a name">x</t:InternetMessageHeader>
</t:InternetMessageHeaders>"""


def parsed(found: LargeItem):
    return BytesParser(policy=default).parsebytes(found.mime)


def test_headers_made_of_properties_where_the_server_keeps_none(source, exchange: FakeExchange):
    exchange.answer(response("GetItem", item()))
    found = source.large(BOX, "a")
    made = parsed(found)
    assert made["Subject"] == "Ärger Bcc: x@y"
    assert made["Bcc"] is None
    assert made["From"].addresses[0].addr_spec == "ann@x.org"
    assert [(one.display_name, one.addr_spec) for one in made["To"].addresses] == [
        ("Büro, das", "a@x.org"),
        ("", "b@x.org"),
    ]
    assert made["Date"].datetime == datetime(2026, 11, 1, 8, tzinfo=UTC)
    assert made["Message-ID"] == "<1@x>"
    assert made.get_content_type() == "text/html"
    assert made.get_content() == "<p>Grüße</p>"


def test_the_headers_the_mail_came_with_are_kept_but_for_those_of_its_content(source, exchange: FakeExchange):
    exchange.answer(response("GetItem", item(HEADERS, '<t:Body BodyType="Text">Hallo\n.</t:Body>')))
    made = parsed(source.large(BOX, "a"))
    assert made["Received"] == "from x by y"
    assert made.get_all("Subject") == ["Ärger"]
    assert made["X-Odd"] == "ä Evil: yes"
    assert made["X-Plain"] == "a Evil: yes"
    assert made["Evil"] is None
    assert made.get_content_type() == "text/plain"
    assert made.get_content() == "Hallo\n."


def test_attachments_are_listed_and_not_downloaded(source, exchange: FakeExchange):
    exchange.answer(response("GetItem", item()))
    assert source.large(BOX, "a").attachments == (
        SourceAttachment("f1", "Größe.pdf", "application/pdf", 99, inline=True, content_id="c1"),
        SourceAttachment("f2", "Old mail", "message/rfc822", 5),
    )
    assert exchange.operations == ["GetItem"]


def test_a_mail_without_a_body_has_an_empty_one(source, exchange: FakeExchange):
    exchange.answer(response("GetItem", item(body="")))
    assert parsed(source.large(BOX, "a")).get_content() == ""


def attached(content: bytes, name: str = "a", element: str = "Content") -> bytes:
    packed = base64.encodebytes(content).decode()
    whole = f"<t:FileAttachment><t:Name>{name}</t:Name><t:{element}>{packed}</t:{element}></t:FileAttachment>"
    return response("GetAttachment", f"<m:Attachments>{whole}</m:Attachments>")


@pytest.mark.parametrize("size", [0, 1, 2, 3, 1000, 65_536, 500_001])
@pytest.mark.parametrize("element", ["Content", "MimeContent"])
def test_the_bytes_are_those_of_the_attachment(source, exchange: FakeExchange, size: int, element: str):
    content = (bytes(range(256)) * (size // 256 + 1))[:size]
    exchange.answer(attached(content, element=element))
    assert b"".join(source.attachment(BOX, "f1")) == content


@pytest.mark.parametrize("step", [1, 7, 64])
def test_it_does_not_matter_where_the_chunks_are_cut(step: int):
    content = bytes(range(256))
    body = attached(content, "odd &#x1;&#xD800;&amp; name &#128512;")
    reader = AttachmentReader()
    cut = (body[start : start + step] for start in range(0, len(body), step))
    assert b"".join(reader.read(cut)) == content
    assert (reader.code, reader.found) == ("NoError", True)


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.99])
def test_a_cut_stream_is_told_though_bytes_came_before(source, exchange: FakeExchange, keep: float):
    body = attached(bytes(200_000))
    exchange.answer(body[: int(len(body) * keep)])
    with pytest.raises(Retriable) as caught:
        list(source.attachment(BOX, "f1"))
    assert caught.value.code == "TruncatedAnswer"


def test_a_missing_attachment_is_gone_a_refused_one_a_fault_and_a_busy_server_busy(source, exchange: FakeExchange):
    exchange.answer(
        response("GetAttachment", error("ErrorItemNotFound")),
        response("GetAttachment", error("ErrorCannotOpenFileAttachment")),
        response("GetAttachment", "<m:Attachments><t:FileAttachment/></m:Attachments>"),
        fault("ErrorServerBusy", '<t:MessageXml><t:Value Name="BackOffMilliseconds">2500</t:Value></t:MessageXml>'),
    )
    for expected, code in ((ItemGone, "ErrorItemNotFound"), (ItemFault, "ErrorCannotOpenFileAttachment"),
                           (ItemFault, "NoAttachmentContent"), (Retriable, "ErrorServerBusy")):  # fmt: skip
        with pytest.raises(expected) as caught:
            list(source.attachment(BOX, "f1"))
        assert caught.value.code == code
    assert caught.value.after == 2.5


def test_memory_stays_flat_however_large_the_attachment():
    def chunks():
        yield attached(b"").split(b"<t:Content>")[0] + b"<t:Content>"
        for _ in range(400):
            yield b"QUJD" * 16_384
        yield b"</t:Content></t:FileAttachment></m:Attachments></m:GetAttachmentResponseMessage>"
        yield b"</m:ResponseMessages></m:GetAttachmentResponse></s:Body></s:Envelope>"

    tracemalloc.start()
    total = sum(len(piece) for piece in AttachmentReader().read(chunks()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == 400 * 16_384 * 3
    assert peak < 2_000_000


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (attached(b"abc").replace(b"YWJj", b"YW!j"), Garbled),
        (attached(b"abc").replace(b"YWJj", b"YWJjY"), Truncated),
        (attached(b"abc").replace(b"</t:Name>", b"</t:Nam>"), Garbled),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><s:Envelope ' + NAMESPACES.encode() + b"/>", Garbled),
    ],
)
def test_a_stream_that_makes_no_sense_is_never_taken(body: bytes, expected):
    with pytest.raises(expected):
        list(AttachmentReader().read([body]))
