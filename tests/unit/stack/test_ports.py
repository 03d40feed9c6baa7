"""Free ports: busy ones are passed over, whoever holds them."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from stack import ports
from stack.layout import ROOT


@pytest.fixture
def busy():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_port_with_a_listener_on_the_loopback_address_is_not_free(busy):
    assert not ports.is_free(busy)


def test_a_port_with_a_listener_on_ipv6_alone_is_not_free():
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with socket.socket(socket.AF_INET6) as other:
        other.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            other.bind(("::1", 0))
        except OSError:
            pytest.skip("no IPv6 address here")
        other.listen()
        assert not ports.is_free(other.getsockname()[1])


def test_the_next_free_port_is_taken_when_the_preferred_one_is_busy(busy):
    chosen = ports.pick(busy)
    assert busy < chosen <= busy + ports.SPAN
    assert ports.is_free(chosen)


def test_a_port_that_is_promised_to_another_part_is_not_given_twice():
    first = ports.pick()
    assert ports.pick(first, {first}) != first


def test_without_a_preference_any_free_port_is_given():
    assert ports.is_free(ports.pick())


def test_a_port_that_is_held_is_given_to_nobody_else_until_it_is_listened_on():
    with ports.held() as one, ports.held() as other:
        port = one.pick()
        assert not other.take(port)
        assert other.pick(port) != port
        assert ports.pick(port) != port
        with socket.socket() as server:  # who listens is not in the way of the hold, nor it in his
            server.bind(("127.0.0.1", port))
            server.listen()
        one.release()
        assert other.take(port)


def test_a_hold_counts_in_other_processes_and_ends_with_its_own():
    """Two `make demo` at the same time: what the one has chosen the other passes over."""
    look = "import sys; from stack import ports; print(ports.pick(int(sys.argv[1])) == int(sys.argv[1]))"
    with ports.held() as hold:
        port = hold.pick()
        assert _told(look, port) == "False"
    take = "import sys; from stack import ports; print(ports.Hold().take(int(sys.argv[1])))"
    assert _told(take, port) == "True"
    assert _told(look, port) == "True", "a process that ended holds nothing"


def test_many_that_choose_at_the_same_moment_choose_apart():
    choose = (
        "import sys; from stack import ports; hold = ports.Hold();"
        "print(*(hold.pick(int(sys.argv[1])) for _ in range(3)), flush=True); sys.stdin.read()"
    )
    first = ports.pick()
    running = [
        subprocess.Popen(
            [sys.executable, "-c", choose, str(first)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for _ in range(4)
    ]
    chosen = [port for one in running for port in one.stdout.readline().split()]  # all four hold theirs meanwhile
    for one in running:
        one.communicate()
    assert len(chosen) == len(set(chosen)) == 12


def _told(program: str, port: int) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, str(port)], capture_output=True, text=True, cwd=ROOT, check=True
    )
    return done.stdout.strip()
