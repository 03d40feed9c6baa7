"""Cleaning in a child process: what hangs or crashes is reported and the rest goes on."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest
from exchange_sync.clean import safety
from exchange_sync.clean.api import clean_email
from exchange_sync.clean.safety import CleanFailure, clean_many

from tests.unit.clean_mime.mime_builder import mail

GOOD = mail(b"X-A: b", b"hello")
# what a child runs instead of the real cleaner: misbehaves at a word
FAULTY = """
import os, signal, sys, time
import exchange_sync.clean.api as api
real = api.clean_email
def faulty(mime):
    if b"LOOP" in mime:
        while True: pass
    if b"WAIT" in mime: time.sleep(600)
    if b"CRASH" in mime: os.kill(os.getpid(), signal.SIGSEGV)
    if b"EAT" in mime: return [bytes(2**28) for _ in range(100)]
    if b"EVIL" in mime: return Evil()
    return real(mime)
class Evil:
    def __reduce__(self): return (os.mkdir, (os.environ["TMPDIR"] + "/taken-over",))
api.clean_email = faulty
"""


@pytest.fixture
def faulty_child(tmp_path, monkeypatch):
    """Children that misbehave: sitecustomize is what Python runs first in them."""
    (tmp_path / "sitecustomize.py").write_text(FAULTY)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_each_key_comes_back_once_in_order_with_what_cleaning_in_process_gives():
    mimes = [(str(number), mail(b"X-N: %d" % number, b"text %d" % number)) for number in range(20)]
    assert list(clean_many(mimes)) == [(key, clean_email(mime)) for key, mime in mimes]


def test_nothing_to_clean_starts_no_child(monkeypatch):
    monkeypatch.setattr(safety, "_Child", None)
    assert list(clean_many([])) == []


def test_a_message_that_loops_for_ever_is_stopped_and_the_rest_goes_on(faulty_child):
    results = dict(clean_many([("a", GOOD), ("b", mail(b"X: LOOP")), ("c", GOOD)], limit_seconds=0.3))
    assert results["a"] == results["c"] == clean_email(GOOD)
    assert results["b"] == CleanFailure("time_limit", "processor time")


def test_a_message_that_waits_without_working_is_stopped_too(faulty_child, monkeypatch):
    monkeypatch.setattr(safety, "_WALL_SPARE_SECONDS", 0.0)
    results = dict(clean_many([("a", mail(b"X: WAIT")), ("b", GOOD)], limit_seconds=0.1))
    assert results["a"] == CleanFailure("time_limit", "no answer")
    assert results["b"] == clean_email(GOOD)


def test_a_message_that_crashes_the_child_is_reported_and_the_rest_goes_on(faulty_child):
    results = dict(clean_many([("a", mail(b"X: CRASH")), ("b", GOOD)]))
    assert results["a"] == CleanFailure("crashed", "exit code -11")
    assert results["b"] == clean_email(GOOD)


def test_a_message_that_eats_all_memory_costs_itself_alone(faulty_child):
    results = dict(clean_many([("a", mail(b"X: EAT")), ("b", GOOD)], limit_seconds=20))
    assert isinstance(results["a"], CleanFailure)
    assert results["b"] == clean_email(GOOD)


def test_a_child_taken_over_by_a_mail_cannot_run_code_in_the_task(faulty_child):
    results = dict(clean_many([("a", mail(b"X: EVIL")), ("b", GOOD)]))
    assert isinstance(results["a"], CleanFailure)
    assert results["a"].reason == "crashed"
    assert not (faulty_child / "taken-over").exists()
    assert results["b"] == clean_email(GOOD)


def test_only_one_message_is_taken_at_a_time():
    taken = []

    def mimes():
        for number in range(3):
            taken.append(number)
            yield str(number), GOOD

    results = clean_many(mimes())
    next(results)
    assert taken == [0]
    results.close()


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="children are counted in /proc")
def test_an_abandoned_iterator_leaves_no_process():
    results = clean_many([("a", GOOD), ("b", GOOD)])
    next(results)
    before = _children()
    results.close()
    assert len(_children()) == len(before) - 1


def test_a_daemonic_process_may_clean():
    """Celery's and LocalExecutor's workers are daemonic: multiprocessing refuses them children."""
    script = """
    import multiprocessing
    def work(queue):
        from exchange_sync.clean.safety import clean_many
        queue.put([email.body for _, email in clean_many([("a", b"Subject: s\\n\\nhello")])])
    if __name__ == "__main__":
        context = multiprocessing.get_context("fork")
        queue = context.Queue()
        process = context.Process(target=work, args=(queue,), daemon=True)
        process.start()
        print(queue.get(timeout=60))
        process.join()
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['hello']"


def test_the_child_sees_no_secret_of_the_environment(tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(
        "import os\nopen(os.environ['TMPDIR'] + '/seen', 'w').write(repr(sorted(os.environ)))"
    )
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("EXCHANGE_SYNC_DATABASE_PASSWORD", "hunter2")
    assert dict(clean_many([("a", GOOD)]))["a"] == clean_email(GOOD)
    seen = (tmp_path / "seen").read_text()
    assert "PYTHONPATH" in seen
    assert "PASSWORD" not in seen


def test_a_child_that_cannot_start_is_an_error_of_the_machine_not_of_the_mail(tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text("import os; os._exit(3)")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(RuntimeError, match=r"did not start \(exit code 3\)"):
        list(clean_many([("a", GOOD)]))


HOSTILE = {
    "quotes in To": b"To: " + b'"' * 30_000 + b"\n\nx",
    "escaped quotes in To": b"To: " + b'\\"' * 15_000 + b"\n\nx",
    "open comments in From": b"From: " + b"(" * 30_000 + b"\n\nx",
    "open brackets in Cc": b"Cc: " + b"<" * 30_000 + b"\n\nx",
    "half encoded words": b"Subject: " + b"=?a?q?" * 5_000 + b"\n\nx",
    "parameters": b"Content-Type: a/b; " + b'x="\\' * 8_000 + b"\n\nx",
    "boundary on every line": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * 1_000_000,
    "boundary a million times in one line": b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n"
    + b"--b" * 1_000_000,
    "multiparts in multiparts": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(60_000)
    ),
    "the same boundary inside itself": b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 100_000,
    "uuencode that never ends": b"Subject: s\n\n" + b"begin 644 a\n" * 200_000,
    "uuencode that ends once": b"Subject: s\n\n" + b"begin 644 a\n" * 160_000 + b"end\n",
    "invitation": b"Content-Type: text/calendar\n\n" + b"SUMMARY:a\n " * 300_000,
    "signature in signature": b"Content-Type: application/pkcs7-mime\n\n"
    + bytes.fromhex("2a864886f70d010702 06092a864886f70d010701")
    + b"\x24\x80" * 500_000,
    "mojibake": b"Content-Type: text/plain; charset=utf-8\n\n" + "Ã¼Ã¤â€œ ".encode() * 100_000,
    "a charset that is none": b"Content-Type: text/plain; charset="
    + b"x" * 20_000
    + b"\n\n"
    + bytes(range(256)) * 4_000,
    "twenty megabytes of base64": b"Content-Type: a/b\nContent-Transfer-Encoding: base64\n\n"
    + (b"QUFB" * 18 + b"\n") * 270_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_stays_within_the_limit(name):
    """One second of processor time, held by the kernel."""
    (result,) = [result for _, result in clean_many([(name, HOSTILE[name])])]
    assert not isinstance(result, CleanFailure), result
    assert "cleaner_failed" not in result.problems


def _children() -> list[int]:
    """Process ids of this process's children."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as stat:
                    parent = int(stat.read().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == os.getpid():
                found.append(int(entry))
    return found
