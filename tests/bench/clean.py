"""How many corpus messages a second one core cleans and enriches, beside public reply splitters. Run by hand:

    python tests/bench/clean.py [python of an environment with talon, quotequail and mail-parser-reply]

Each runs in a process of its own over the same mails. Ours goes from MIME to comment. The others take decoded text, so
the standard library's parser gives them what it finds (plain text, else HTML) and its time counts. Time is processor
time. None of the others is a dependency of this project: without the argument only ours runs.
"""

from __future__ import annotations

import email
import email.policy
import json
import re
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

CORPUS = Path(__file__).resolve().parents[2] / "../shared/corpus/dev.tar.gz"
OTHERS = ("talon", "quotequail", "mail-parser-reply")
_TAGS = re.compile(r"<[^>]*>")


def mails() -> list[bytes]:
    """Every message of the corpus."""
    with tarfile.open(CORPUS) as tar:
        return [tar.extractfile(entry).read() for entry in tar if entry.name.endswith(".eml")]


def ours() -> Callable[[bytes], str]:
    from exchange_sync.clean.api import clean_email
    from exchange_sync.enrich.api import enrich
    from exchange_sync.model.comment import EmailFacts
    from exchange_sync.model.email import ItemProperties

    def run(mime: bytes) -> str:
        cleaned = clean_email(mime)
        server = ItemProperties("i", "IPM.Note", cleaned.message_id, received=cleaned.sent)
        enrich(EmailFacts(cleaned, server, "bench@example.org", ("Inbox",), cleaned.message_id or "<none@example.org>"))
        return cleaned.body

    return run


def talon() -> Callable[[bytes], str]:
    from talon import quotations

    def run(mime: bytes) -> str:
        text, is_html = decoded(mime)
        return quotations.extract_from_html(text) if is_html else quotations.extract_from_plain(text)

    return run


def quotequail() -> Callable[[bytes], str]:
    import quotequail as library

    def run(mime: bytes) -> str:
        text, is_html = decoded(mime)
        parts = library.quote_html(text) if is_html else library.quote(text)
        return "\n".join(piece for expanded, piece in parts if expanded)

    return run


def mail_parser_reply() -> Callable[[bytes], str]:
    from mailparser_reply import EmailReplyParser

    parser = EmailReplyParser(languages=["en", "de", "fr", "es", "it"])

    def run(mime: bytes) -> str:
        text, is_html = decoded(mime)
        return parser.parse_reply(text=_TAGS.sub("", text) if is_html else text) or ""

    return run


def decoded(mime: bytes) -> tuple[str, bool]:
    """The text that the standard library finds, and whether it is HTML."""
    body = email.message_from_bytes(mime, policy=email.policy.default).get_body(("plain", "html"))
    return (body.get_content(), body.get_content_subtype() == "html") if body else ("", False)


RUNNERS = {"exchange-sync": ours, "talon": talon, "quotequail": quotequail, "mail-parser-reply": mail_parser_reply}


def measure(name: str) -> dict[str, float]:
    """Runs one tool over the corpus: messages a second, exceptions, and messages that took over a second."""
    run, messages = RUNNERS[name](), mails()
    for mime in messages[:50]:  # what is loaded lazily is loaded now
        attempt(run, mime)
    begun, errors, slow = time.process_time(), 0, 0
    for mime in messages:
        at = time.process_time()
        errors += not attempt(run, mime)
        slow += time.process_time() - at > 1
    return {"rate": len(messages) / (time.process_time() - begun), "errors": errors, "slow": slow}


def attempt(run: Callable[[bytes], str], mime: bytes) -> bool:
    try:
        run(mime)
    except Exception:  # noqa: BLE001 - that it raises is what is counted
        return False
    return True


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--measure"]:
        print(json.dumps(measure(arguments[1])))
        return
    pythons = {"exchange-sync": sys.executable} | {name: python for python in arguments for name in OTHERS}
    print("| tool | messages/s and core | exceptions | over 1 s |\n|---|---|---|---|")
    for name, python in pythons.items():
        command = [python, __file__, "--measure", name]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
        if done.returncode:
            print(f"| {name} | did not run | | |")
            continue
        found = json.loads(done.stdout.splitlines()[-1])
        print(f"| {name} | {found['rate']:,.0f} | {found['errors']} | {found['slow']} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
