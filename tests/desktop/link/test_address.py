"""https anywhere, plain http on this very machine alone."""

import pytest

from desktop.link.address import checked_address, live_address
from desktop.ports import LinkFailed, LinkProblem


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("alcove.example.org", "https://alcove.example.org"),
        (" https://alcove.example.org:8443/ ", "https://alcove.example.org:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_taken(given: str, taken: str) -> None:
    assert checked_address(given) == taken


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("http://alcove.example.org", LinkProblem.PLAIN_HTTP),
        ("http://10.0.0.1:8080", LinkProblem.PLAIN_HTTP),
        ("http://0.0.0.0:8080", LinkProblem.PLAIN_HTTP),
        ("http://localhost.example.org", LinkProblem.PLAIN_HTTP),
        ("http://127.0.0.1.example.org", LinkProblem.PLAIN_HTTP),
        ("http://127.0.0.1@example.org", LinkProblem.ADDRESS_INVALID),
        ("https://user:secret@example.org", LinkProblem.ADDRESS_INVALID),
        ("https://example.org?x=1", LinkProblem.ADDRESS_INVALID),
        ("https://example.org#x", LinkProblem.ADDRESS_INVALID),
        ("https://example.org:99999", LinkProblem.ADDRESS_INVALID),
        ("https://example.org:0", LinkProblem.ADDRESS_INVALID),
        ("https://", LinkProblem.ADDRESS_INVALID),
        ("", LinkProblem.ADDRESS_INVALID),
        ("ftp://example.org", LinkProblem.ADDRESS_INVALID),
        ("file:///etc/passwd", LinkProblem.ADDRESS_INVALID),
    ],
)
def test_not_taken(given: str, problem: LinkProblem) -> None:
    with pytest.raises(LinkFailed) as failed:
        checked_address(given)
    assert failed.value.problem is problem


def test_the_live_channel_is_as_safe_as_the_address() -> None:
    assert live_address("https://a.example") == "wss://a.example/v1/live"
    assert live_address("http://127.0.0.1:1") == "ws://127.0.0.1:1/v1/live"
