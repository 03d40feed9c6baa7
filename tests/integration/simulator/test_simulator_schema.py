"""Every answer fits Microsoft's schema of the version it was asked in: clients insist on the order of elements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from exchange_simulator.ews.item_fields import FIELDS
from exchange_simulator.testing import running
from lxml import etree

from tests.support.soap import SCHEMAS, Soap, assert_valid, folder_id

ANNA = "anna@firm.example"
GENERATION = {"Exchange2010_SP2": "2010", "Exchange2013_SP1": "2013", "Exchange2016": "2016"}
CLASSES = (
    "IPM.Note", "IPM.Note.SMIME", "IPM.Schedule.Meeting.Request", "IPM.Schedule.Meeting.Resp.Pos",
    "IPM.Schedule.Meeting.Canceled", "REPORT.IPM.Note.NDR", "IPM.Post", "IPM.Appointment", "IPM.Contact",
    "IPM.DistList", "IPM.Task", "IPM.StickyNote",
)  # fmt: skip


def _rich() -> bytes:
    inner = EmailMessage()
    inner["From"], inner["To"], inner["Subject"] = "Otto <otto@x.example>", ANNA, "inner"
    inner.set_content("inner text")
    inner.add_attachment(b"deep", maintype="application", subtype="pdf", filename="deep.pdf")
    outer = EmailMessage()
    outer["From"], outer["To"], outer["Cc"] = "Bea <bea@x.example>", f"Anna <{ANNA}>, carl@x.example", "dora@x.example"
    outer["Subject"], outer["Message-ID"] = "Grüße & <tags> \x01", "<rich@x.example>"
    outer["Date"], outer["In-Reply-To"] = "Mon, 02 Feb 2026 10:00:00 +0100", "<earlier@x.example>"
    outer["References"], outer["Reply-To"] = "<first@x.example> <earlier@x.example>", "answers@x.example"
    outer.set_content("plain\x0c text")
    outer.add_alternative("<p>rich <img src='cid:logo'></p>", subtype="html")
    outer.add_attachment(
        b"\x89PNG", maintype="image", subtype="png", filename="logo.png", cid="<logo>", disposition="inline"
    )
    outer.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Übersicht.pdf")
    outer.add_attachment(inner)
    return outer.as_bytes()


@pytest.fixture(scope="module", params=sorted(SCHEMAS))
def soap(request: pytest.FixtureRequest) -> Iterator[Soap]:
    with running(exchange=GENERATION[request.param]) as simulator:
        simulator.control.add_mailbox(ANNA, "Anna Berg", archive=True)
        for item_class in CLASSES:
            simulator.control.deliver(
                ANNA, _rich(), item_class=item_class, received=datetime(2026, 2, 2, 9, tzinfo=UTC), sender_routing="EX",
                categories=["Red", "Blue"],
            )  # fmt: skip
        client = Soap(simulator, ANNA, request.param)
        yield client
        client.close()


def _valid(soap: Soap, body: str) -> None:
    assert_valid(soap.ask(body), soap.version)


@pytest.mark.parametrize("shape", ["IdOnly", "Default", "AllProperties"])
def test_every_shape_of_every_item_class_is_valid(soap: Soap, shape: str) -> None:
    ids = soap.sync("inbox").ids()
    assert len(ids) == len(CLASSES)
    assert_valid(soap.sync("inbox", shape=shape), soap.version)
    mime = "<t:IncludeMimeContent>true</t:IncludeMimeContent>"
    answer = soap.get(*ids, shape=shape, more=mime)
    assert answer.codes() == ["NoError"] * len(CLASSES)
    assert len(answer.texts("MimeContent")) == len(CLASSES)
    assert_valid(answer, soap.version)


def test_every_property_named_one_by_one_is_valid_in_any_order(soap: Soap) -> None:
    post = {"PostedTime": "postitem:PostedTime"}
    uris = [post.get(name) or f"item:{name}" for name in sorted(FIELDS, reverse=True)]
    paths = "".join(f'<t:FieldURI FieldURI="{uri}"/>' for uri in uris)
    extended = (
        '<t:ExtendedFieldURI PropertyTag="0x1035" PropertyType="String"/>'
        '<t:ExtendedFieldURI PropertyTag="0x0E07" PropertyType="Integer"/>'
        '<t:ExtendedFieldURI PropertySetId="00020329-0000-0000-C000-000000000046" PropertyName="x"'
        ' PropertyType="String"/>'
        '<t:IndexedFieldURI FieldURI="item:InternetMessageHeader" FieldIndex="References"/>'
    )
    more = f"<t:AdditionalProperties>{paths}{extended}</t:AdditionalProperties>"
    answer = soap.get(*soap.sync("inbox").ids(), shape="IdOnly", more=more)
    assert_valid(answer, soap.version)
    assert "<rich@x.example>" in answer.texts("Value")


@pytest.mark.parametrize("shape", ["IdOnly", "Default", "AllProperties"])
def test_folders_are_valid_however_they_are_asked_for(soap: Soap, shape: str) -> None:
    more = (
        '<t:AdditionalProperties><t:FieldURI FieldURI="folder:FolderClass"/>'
        '<t:FieldURI FieldURI="folder:ParentFolderId"/>'
        '<t:ExtendedFieldURI PropertyTag="0x670a" PropertyType="SystemTime"/>'
        '<t:ExtendedFieldURI PropertyTag="26379" PropertyType="Integer"/>'
        '<t:ExtendedFieldURI PropertyTag="0x10f4" PropertyType="Boolean"/></t:AdditionalProperties>'
    )
    told = f"<m:FolderShape><t:BaseShape>{shape}</t:BaseShape>{more}</m:FolderShape>"
    roots = "".join(folder_id(name) for name in ("root", "msgfolderroot", "inbox", "calendar", "archivemsgfolderroot"))
    _valid(soap, f"<m:GetFolder>{told}<m:FolderIds>{roots}{folder_id('voicemail')}</m:FolderIds></m:GetFolder>")
    for depth in ("Shallow", "Deep", "SoftDeleted"):
        page = '<m:IndexedPageFolderView MaxEntriesReturned="7" Offset="3" BasePoint="Beginning"/>'
        where = f"<m:ParentFolderIds>{folder_id('root')}</m:ParentFolderIds>"
        _valid(soap, f'<m:FindFolder Traversal="{depth}">{told}{page}{where}</m:FindFolder>')
    _valid(soap, f"<m:SyncFolderHierarchy>{told}</m:SyncFolderHierarchy>")


def test_errors_are_valid(soap: Soap) -> None:
    real = soap.sync("inbox").ids()[0]
    gone = real[:-8] + ("AAAAAAAB" if not real.endswith("AAAAAAAB") else "AAAAAAAC")
    answer = soap.get(real, gone, "nonsense", shape="IdOnly")
    assert answer.codes() == ["NoError", "ErrorItemNotFound", "ErrorInvalidIdMalformed"]
    assert_valid(answer, soap.version)
    refused = soap.sync("inbox", state="bm9uc2Vuc2U=")
    assert refused.codes() == ["ErrorInvalidSyncStateData"]
    assert_valid(refused, soap.version)
    nothing = soap.ask('<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id="x"/></m:AttachmentIds></m:GetAttachment>')
    assert nothing.codes() == ["ErrorInvalidAttachmentId"]
    assert_valid(nothing, soap.version)


def test_attachments_are_valid(soap: Soap) -> None:
    item = soap.sync("inbox").ids()[0]
    attachments = soap.get(item).ids("AttachmentId")
    assert len(attachments) == 3
    named = "".join(f'<t:AttachmentId Id="{key}"/>' for key in attachments)
    shape = "<m:AttachmentShape><t:IncludeMimeContent>true</t:IncludeMimeContent></m:AttachmentShape>"
    answer = soap.ask(f"<m:GetAttachment>{shape}<m:AttachmentIds>{named}</m:AttachmentIds></m:GetAttachment>")
    assert answer.codes() == ["NoError"] * 3
    assert "inner text\n" in [text or "" for text in answer.texts("Body")]
    assert_valid(answer, soap.version)


def test_find_item_is_valid(soap: Soap) -> None:
    _valid(
        soap,
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>'
        '<m:IndexedPageItemView MaxEntriesReturned="5" Offset="0" BasePoint="Beginning"/>'
        f"<m:ParentFolderIds>{folder_id('inbox')}{folder_id('drafts')}</m:ParentFolderIds></m:FindItem>",
    )


def test_directory_answers_are_valid(soap: Soap) -> None:
    entry = "<m:UnresolvedEntry>Anna</m:UnresolvedEntry>"
    for full in ("true", "false"):
        _valid(soap, f'<m:ResolveNames ReturnFullContactData="{full}">{entry}</m:ResolveNames>')
    _valid(
        soap, '<m:ResolveNames ReturnFullContactData="true"><m:UnresolvedEntry>zz</m:UnresolvedEntry></m:ResolveNames>'
    )
    _valid(soap, '<m:GetServerTimeZones ReturnFullTimeZoneData="true"/>')
    zones = soap.ask('<m:GetServerTimeZones ReturnFullTimeZoneData="true"/>')
    types = "{http://schemas.microsoft.com/exchange/services/2006/types}"
    told = list(zones.xml.iter(f"{types}TimeZoneDefinition"))
    assert told  # a client insists on the transitions of each
    for zone in told:
        periods = {period.get("Id") for period in zone.iter(f"{types}Period")}
        targets = {to.text for to in zone.iter(f"{types}To") if to.get("Kind") == "Period"}
        assert targets == periods
        assert zone.find(f"{types}Transitions/{types}Transition/{types}To").text == "0"


@pytest.mark.parametrize("asked", [ANNA, ANNA.upper(), "nobody@nowhere.example", ""])
def test_convert_id_tells_the_primary_address_of_the_ids_mailbox_whatever_was_asked(soap: Soap, asked: str) -> None:
    """A gateway learns so who it is: it asks with an address that it made up."""
    item = soap.sync("inbox").ids()[0]
    answer = soap.ask(
        '<m:ConvertId DestinationFormat="HexEntryId"><m:SourceIds>'
        f'<t:AlternateId Format="EwsId" Id="{item}" Mailbox="{asked}"/></m:SourceIds></m:ConvertId>'
    )
    assert answer.codes() == ["NoError"]
    assert f'Mailbox="{ANNA}"' in etree.tostring(answer.xml).decode()  # the primary address
    assert_valid(answer, soap.version)


def test_an_older_exchange_refuses_a_newer_version(soap: Soap) -> None:
    soap_2016 = Soap(soap.running, ANNA, "Exchange2016")
    answer = soap_2016.sync("inbox")
    expected = "NoError" if soap.version == "Exchange2016" else "ErrorInvalidServerVersion"
    assert answer.codes() == [expected]
    assert answer.http.status_code == (200 if expected == "NoError" else 500)
