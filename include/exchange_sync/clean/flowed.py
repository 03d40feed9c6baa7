"""format=flowed (RFC 3676): paragraphs that were wrapped for transport become lines again."""

from __future__ import annotations


def unflow(text: str, *, delete_space: bool) -> str:
    """Joins soft-broken lines of one quote depth and removes space stuffing.

    delete_space: the DelSp parameter: the blank before a soft break is not part of the text.
    """
    out: list[str] = []
    open_depth = -1  # quote depth of the line that the next one continues, or -1
    for line in text.replace("\r\n", "\n").split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        soft = content.endswith(" ") and content != "-- "
        if soft and delete_space:
            content = content[:-1]
        if depth == open_depth and content != "-- ":
            out.append(content)
        else:
            out.append(("\n" if out else "") + (">" * depth + " " if depth else "") + content)
        open_depth = depth if soft else -1
    return "".join(out)
