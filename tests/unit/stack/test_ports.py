"""Free ports: busy ones are passed over, whoever holds them."""

from __future__ import annotations

import socket

import pytest

from stack import ports


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
