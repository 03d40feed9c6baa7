"""The envelope of a mail: what identity, conflicts and filters go by, the same on every Python, whatever the mail."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from exchange_sync.clean.api import clean_email
from exchange_sync.model.envelope import Envelope
from exchange_sync.model.identity import substitute_message_id

from stack.layout import ROOT, script
from tests.unit.clean_mime.odd_mails import odd_mails, substitute

HERE = Path(__file__).parent
GOLDEN = (HERE / "substitutes-2.txt").read_text("ascii").splitlines()


def test_the_golden_substitutes_of_odd_mails_hold() -> None:
    assert [substitute(mime) for mime in odd_mails()] == GOLDEN


def test_the_cleaners_answer_carries_the_same_envelope() -> None:
    assert [substitute_message_id(clean_email(mime).envelope) for mime in odd_mails()] == GOLDEN


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_they_are_the_same_on_every_python(version: str) -> None:
    python = _python(version)
    if python is None:
        pytest.skip(f"uv neither finds nor can install Python {version} here")
    path = os.pathsep.join([str(ROOT / "include"), str(ROOT), sysconfig.get_path("purelib")])
    run = [python, "-P", str(HERE / "odd_mails.py")]
    told = subprocess.run(run, env={"PYTHONPATH": path, "PATH": os.environ["PATH"]}, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert told.stdout.split("\n")[:-1] == GOLDEN


def _python(version: str) -> str | None:
    """The interpreter of a version: this one, one of pyenv's, or one that uv finds or can install."""
    if sys.version.startswith(f"{version}."):
        return sys.executable
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"  # its shims mislead uv
    for kept in sorted(pyenv.glob(f"{version}.*/bin/python")):
        return str(kept)
    try:
        for _ in range(2):
            found = subprocess.run([script("uv"), "python", "find", version], capture_output=True, text=True)
            if found.returncode == 0:
                return found.stdout.strip()
            install = [script("uv"), "python", "install", "--quiet", "--no-bin", version]
            subprocess.run(install, capture_output=True, timeout=120)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None


def test_how_the_structure_was_written_again_makes_no_other_mail() -> None:
    mail = (
        b"From: Scanner <scan@Office.example>\r\nDate: Mon, 2 Mar 2026 13:00:01 +0100\r\n"
        b"Subject: =?utf-8?Q?Gescannt=3A_=C3=9Cbersicht?=\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nSee attached.\r\n"
        b"--b\r\nContent-Type: application/pdf\r\n"
        b'Content-Disposition: attachment; filename="scan 1.pdf"\r\n\r\n%PDF\r\n--b--\r\n'
    )
    regenerated = (
        mail.replace(b"boundary=b", b"boundary=_0").replace(b"--b", b"--_0").replace(b"13:00:01 +0100", b"12:00:01 GMT")
    )
    assert substitute(b"Received: from exchange\r\nX-Other: 1\r\n" + regenerated) == substitute(mail)
    assert substitute(mail.replace(b"scan 1.pdf", b"scan 2.pdf")) != substitute(mail)
    assert substitute(mail.replace(b"See attached.", b"See  attached!\r\n")) == substitute(mail)


@pytest.mark.parametrize(
    "mime",
    [
        b"",
        b"\xff\xfe",
        b"Date: yesterday\r\nFrom: @@\r\n\r\nx",
        b"Subject: =?bogus?Q?x?=\r\n\r\n",
        b"From: a@x\r\nContent-Type: text/html\r\n\r\n" + b"<!--" * 200_000,
        b"From: a@x\r\nContent-Type: text/html\r\n\r\n" + b"<style><script>" * 50_000,
        b"From: a@x\r\nContent-Type: text/html\r\n\r\n&#" + b"9" * 500_000 + b";",
        b"From: a@x\r\nContent-Type: text/html\r\n\r\n" + b"<" * 500_000,
        b"From: a@x\r\nSubject: " + b"=?utf-8?Q?a?=" * 60_000 + b"\r\n\r\nx",
        b"From: " + b"a@" * 60_000 + b"\r\n\r\nx",
        b"From: " + b"(" * 100_000 + b"@\r\n\r\nx",
        b"To: " + b'"@' * 60_000 + b"\r\n\r\nx",
        b"To: " + b"a @ b . " * 15_000 + b"\r\n\r\nx",
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(2_000)),
    ],
)
def test_hostile_mail_has_an_envelope(mime: bytes) -> None:
    assert substitute_message_id(clean_email(mime).envelope).endswith("@no-message-id>")


def test_an_unusable_message_id_is_none() -> None:
    assert clean_email(b"Message-ID: <" + b"x" * 600 + b">\r\n\r\nx").envelope.message_id is None
    assert clean_email(b"Message-ID:\r\n <Folded-1@x>\r\n\r\nx").envelope.message_id == "<Folded-1@x>"
    assert clean_email(b"From: a@x\r\n\r\nx").envelope != Envelope()
