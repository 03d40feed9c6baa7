"""Small, valid files to enclose: PDF, Excel workbook, PNG, a calendar entry and Outlook's winmail.dat."""

import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from io import BytesIO

from exchange_simulator.seeds.people import Person

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SHEET_NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE_REL = "http://schemas.openxmlformats.org/package/2006/relationships"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def pdf(lines: Sequence[str]) -> bytes:
    """A one-page PDF 1.4 with a heading and lines of text, and a correct cross-reference table."""
    text = ["BT /F1 16 Tf 60 780 Td 18 TL"]
    for number, line in enumerate(lines):
        safe = line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        text.append(f"({safe}) Tj T*" + (" /F1 11 Tf T*" if number == 0 else ""))
    stream = "\n".join([*text, "ET"]).encode("cp1252", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)


def xlsx(rows: Sequence[Sequence[str | float]]) -> bytes:
    """A workbook of one sheet: the smallest package that spreadsheet programs open."""
    sheet = "".join(
        f'<row r="{y}">' + "".join(_cell(f"{chr(65 + x)}{y}", value) for x, value in enumerate(row)) + "</row>"
        for y, row in enumerate(rows, 1)
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    package = "application/vnd.openxmlformats-package.relationships+xml"
    members = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Default Extension="rels" ContentType="{package}"/><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": _relation("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{_SHEET_NS}" xmlns:r="{_OFFICE_REL}">'
        '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relation("worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_SHEET_NS}"><sheetData>{sheet}</sheetData></worksheet>',
    }
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            # A fixed time, so that the same rows give the same bytes.
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), _XML + text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _cell(place: str, value: str | float) -> str:
    if isinstance(value, str):
        escaped = value.replace("&", "&amp;").replace("<", "&lt;")
        return f'<c r="{place}" t="inlineStr"><is><t>{escaped}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def _relation(kind: str, target: str) -> str:
    return (
        f'<Relationships xmlns="{_PACKAGE_REL}">'
        f'<Relationship Id="rId1" Type="{_OFFICE_REL}/{kind}" Target="{target}"/></Relationships>'
    )


def png(width: int, height: int, pixel: Callable[[int, int], tuple[int, int, int]]) -> bytes:
    """An RGB image whose colours come from `pixel(x, y)`."""
    rows = b"".join(b"\0" + b"".join(bytes(pixel(x, y)) for x in range(width)) for y in range(height))
    return png_of_rows(width, height, rows, level=9)


def png_of_rows(width: int, height: int, rows: bytes, *, level: int) -> bytes:
    """An RGB image of ready-made rows (each a zero byte and 3 * width bytes); level 0 does not compress."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, level)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def logo() -> bytes:
    """The firm's logo: a green bar with a white triangle."""
    return png(64, 16, lambda x, y: (255, 255, 255) if 8 <= x < 24 and y > abs(x - 16) else (24, 96, 72))


def meeting(uid: str, organizer: Person, invited: Sequence[Person], subject: str, start: datetime) -> str:
    """An iCalendar REQUEST (RFC 5546) of one hour; `start` has a zone."""
    stamp = "%Y%m%dT%H%M%SZ"
    people = [f"ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{p.address}" for p in invited]
    lines = [
        "BEGIN:VCALENDAR", "METHOD:REQUEST", "PRODID:-//Larkfield Moss//Calendar//EN", "VERSION:2.0",
        "BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{subject}", f"DTSTART:{start:{stamp}}",
        f"DTEND:{start + timedelta(hours=1):{stamp}}", f"DTSTAMP:{start - timedelta(days=4):{stamp}}",
        f"ORGANIZER:mailto:{organizer.address}", *people,
        "LOCATION:Meeting room 2", "SEQUENCE:0", "STATUS:CONFIRMED", "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    return "\r\n".join(lines)


def winmail(name: str, data: bytes) -> bytes:
    """A TNEF stream (MS-OXTNEF) with one attached file, as Outlook's rich text format sends it."""
    title = name.encode("cp1252") + b"\0"
    attributes = (
        (1, 0x00089006, struct.pack("<I", 0x00010000)),  # attTnefVersion
        (1, 0x00069007, struct.pack("<II", 1252, 0)),  # attOemCodepage
        (1, 0x00078008, b"IPM.Microsoft Mail.Note\0"),  # attMessageClass
        (2, 0x00069002, struct.pack("<HIHHI", 1, 0xFFFFFFFF, 0, 0, 0)),  # attAttachRendData
        (2, 0x00018010, title),  # attAttachTitle
        (2, 0x0006800F, data),  # attAttachData
    )
    out = struct.pack("<IH", 0x223E9F78, 1)
    for level, tag, value in attributes:
        out += struct.pack("<BII", level, tag, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)
    return out
