"""What we accept of an offer before aiortc parses it, and what our answer adds. Plain text work (RFC 8866), no I/O."""

import re
from enum import StrEnum

MAX_CHARS = 64 * 1024
MAX_LINES = 2_000
MAX_OF = {"a=candidate:": 64, "a=rtpmap:": 128, "a=rtcp-fb:": 512}
"""Lines of one kind; a browser names some 60 codecs. aiortc looks at every codec for each `rtcp-fb`."""
START_KBIT, MAX_KBIT = 1_500, 2_500
RELAYED = re.compile(r"a=candidate:\S+ \d+ \S+ \d+ \S+ \d+ typ relay( |$)")


class OfferProblem(StrEnum):
    """Why an offer is not even parsed."""

    TOO_LARGE = "too_large"
    MEDIA_LINES = "media_lines"
    NOT_BUNDLED = "not_bundled"
    NO_FINGERPRINT = "no_fingerprint"


def offer_problem(untrusted_sdp: str) -> OfferProblem | None:
    """Refuse what no exam room sends: floods of lines, data channels, several cameras, media apart from each other."""
    if len(untrusted_sdp) > MAX_CHARS:
        return OfferProblem.TOO_LARGE
    lines = untrusted_sdp.splitlines()
    if len(lines) > MAX_LINES or any(
        sum(line.startswith(kind) for line in lines) > most for kind, most in MAX_OF.items()
    ):
        return OfferProblem.TOO_LARGE
    kinds = [line.removeprefix("m=").split(" ")[0] for line in lines if line.startswith("m=")]
    if sorted(kinds) not in (["audio"], ["video"], ["audio", "video"]):
        return OfferProblem.MEDIA_LINES
    if not any(line.startswith("a=group:BUNDLE ") for line in lines):
        return OfferProblem.NOT_BUNDLED
    if not any(line.startswith("a=fingerprint:") for line in lines):
        return OfferProblem.NO_FINGERPRINT
    return None


def only_relayed(sdp: str) -> str:
    """Without the candidates that are no relay's: where only relays may be used, nothing is sent to another address."""
    lines = sdp.splitlines()  # as aiortc takes it apart
    return "\r\n".join(line for line in lines if not line.startswith("a=candidate:") or RELAYED.match(line)) + "\r\n"


def with_candidates(sdp: str) -> str:
    """Every media line with the candidates of the first.

    A bundle names them there alone (RFC 9143, 7.1.3); where two lines share a transport from the start, aiortc takes
    those of the last, which are none: the checks of the room alone would then find a way.
    """
    first, *others = _sections(sdp)
    named = [line for line in first if line.startswith("a=candidate:")]
    made = list(first)
    for section in others:
        has_own = any(line.startswith("a=candidate:") for line in section)
        made += section if has_own else section + named
    return "\r\n".join(made) + "\r\n"


def _sections(sdp: str) -> list[list[str]]:
    """The lines up to the end of the first media line's attributes, then those of each further one."""
    sections: list[list[str]] = [[]]
    is_first = True
    for line in sdp.splitlines():
        if line.startswith("m="):
            if not is_first:
                sections.append([])
            is_first = False
        sections[-1].append(line)
    return sections


def with_hints(sdp: str) -> str:
    """Our answer's wishes to a Chromium sender.

    A readable picture at once instead of a climb of 20 s, Opus with FEC, and redundant audio (RFC 2198) where it was
    offered, which a sender uses when it stands first.
    """
    numbers = _payload_types(sdp)
    opus, red = numbers.get("opus/48000/2"), numbers.get("red/48000/2")
    made: list[str] = []
    for line in sdp.split("\r\n"):
        made.append(_with_first(line, red) if red and opus and line.startswith("m=audio ") else line)
        number, _, codec = line.removeprefix("a=rtpmap:").partition(" ")
        if line.startswith("a=rtpmap:") and codec == "VP8/90000":
            made.append(f"a=fmtp:{number} x-google-start-bitrate={START_KBIT};x-google-max-bitrate={MAX_KBIT}")
        if line.startswith("a=rtpmap:") and number == opus:
            made.append(f"a=fmtp:{number} minptime=10;useinbandfec=1")
        if line.startswith("a=rtpmap:") and number == red and opus:
            made.append(f"a=fmtp:{number} {opus}/{opus}")
    return "\r\n".join(made)


def _payload_types(sdp: str) -> dict[str, str]:
    """Codec to number; of several with one name the first."""
    found: dict[str, str] = {}
    for line in sdp.split("\r\n"):
        if line.startswith("a=rtpmap:"):
            number, _, codec = line.removeprefix("a=rtpmap:").partition(" ")
            found.setdefault(codec, number)
    return found


def _with_first(media_line: str, number: str) -> str:
    """The media line with this payload type before the others."""
    kind, port, transport, *types = media_line.split(" ")
    return " ".join((kind, port, transport, number, *(one for one in types if one != number)))
