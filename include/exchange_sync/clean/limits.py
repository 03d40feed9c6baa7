"""How much of one message cleaning looks at. Each cap keeps hostile mail linear; what is cut is named in problems."""

from __future__ import annotations

MIME_BYTES = 32 * 1024 * 1024  # of one message
HEADER_BLOCK_BYTES = 512 * 1024  # of one part's header block
HEADER_COUNT = 1_000  # header fields of one part
HEADER_VALUE_BYTES = 128 * 1024  # of one field's value: room for 2,048 recipients
PARTS = 1_000  # MIME parts of one message
DEPTH = 1_000  # multiparts inside each other; the walk does not recurse
STRUCTURE_DEPTH = 40  # beyond it, alternatives are no longer told apart
SCAN_UNITS = 128 * 1024 * 1024  # bytes searched for boundaries, over all depths; a hit counts HIT_UNITS
HIT_UNITS = 256
PLAIN_BYTES = 1024 * 1024  # decoded text/plain of one part; a field keeps 65,536 characters of it
HTML_BYTES = 2 * 1024 * 1024  # decoded text/html of one part, embedded files not counted
NESTED_MESSAGES = 3  # messages inside messages that are opened for their text
PARAMETERS = 100  # of one Content-Type or Content-Disposition
PEOPLE = 4_096  # correspondents of one header
PERSON_LENGTH = 1_000  # characters of one name or address
REFERENCES = 200  # Message-IDs of References: the first (the root) and the nearest
NAME_LIMIT = 256  # characters of an attachment's name or content type (reference 2.2)
