"""What an offer may be, which candidates count, and how a bundle names them."""

import pytest

from desktop.av.sdp import MAX_OF, OfferProblem, offer_problem, only_relayed, with_candidates
from tests.desktop.av.mutations import recording

HOST = "a=candidate:1 1 udp 2122260223 192.0.2.7 52836 typ host generation 0"
RELAY = "a=candidate:2 1 udp 41885439 198.51.100.9 52101 typ relay raddr 0.0.0.0 rport 9"
HEAD = "v=0\r\na=group:BUNDLE 0 1\r\na=fingerprint:sha-256 AA"


def offer(*media: str) -> str:
    return "\r\n".join((HEAD, *media)) + "\r\n"


def test_what_a_browser_offers_has_no_problem() -> None:
    assert offer_problem(recording().offer) is None


@pytest.mark.parametrize("kind", MAX_OF)
def test_a_flood_of_lines_of_one_kind_is_not_parsed(kind: str) -> None:
    most = MAX_OF[kind]
    line = f"{kind}1 x"
    assert offer_problem(offer("m=audio 9 RTP 96", *[line] * most)) is None
    assert offer_problem(offer("m=audio 9 RTP 96", *[line] * (most + 1))) is OfferProblem.TOO_LARGE


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (offer("m=audio 9 RTP 96") + "a=x\r\n" * 2_000, OfferProblem.TOO_LARGE),
        (offer("m=audio 9 RTP 96") + "x" * 65_536, OfferProblem.TOO_LARGE),
        (offer(), OfferProblem.MEDIA_LINES),
        (offer("m=audio 9 RTP 96", "m=application 9 SCTP 1"), OfferProblem.MEDIA_LINES),
        (offer("m=video 9 RTP 96", "m=video 9 RTP 96"), OfferProblem.MEDIA_LINES),
        (offer("m=audio 9 RTP 96").replace("BUNDLE", "LS"), OfferProblem.NOT_BUNDLED),
        (offer("m=audio 9 RTP 96").replace("fingerprint", "print"), OfferProblem.NO_FINGERPRINT),
    ],
)
def test_what_no_room_sends_is_refused(text: str, problem: OfferProblem) -> None:
    assert offer_problem(text) is problem


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize(
    "other",
    [
        HOST,
        f"{HOST} typ relay",
        HOST.replace(" typ host", " typ  relay"),
        "a=candidate:1 1 udp 1 192.0.2.7 9 typ srflx raddr typ rport relay",
        "a=candidate:typ relay 1 udp 1 192.0.2.7 9 typ host",
        "a=candidate:1 1 udp 1 192.0.2.7 9 typ relayed",
    ],
)
def test_nothing_but_a_relays_candidate_counts_as_one(other: str, end: str) -> None:
    lines = only_relayed(end.join(("m=audio 9 RTP 96", other, RELAY, "a=mid:0")) + end).split("\r\n")
    assert lines == ["m=audio 9 RTP 96", RELAY, "a=mid:0", ""]


def test_a_bundles_candidates_hold_for_each_of_its_lines() -> None:
    made = with_candidates(offer("m=audio 9 RTP 96", RELAY, "a=mid:0", "m=video 9 RTP 97", "a=mid:1"))
    assert made == offer("m=audio 9 RTP 96", RELAY, "a=mid:0", "m=video 9 RTP 97", "a=mid:1", RELAY)


def test_a_line_that_names_candidates_itself_keeps_them() -> None:
    text = offer("m=audio 9 RTP 96", RELAY, "m=video 9 RTP 97", HOST)
    assert with_candidates(text) == text
    assert with_candidates(offer("m=audio 9 RTP 96")) == offer("m=audio 9 RTP 96")
