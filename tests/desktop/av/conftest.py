"""What the media process replaces in aiortc and aioice lasts for one test: later ones meet both as they are."""

import aioice.ice
import aiortc.codecs
import aiortc.rtcicetransport
import aiortc.rtcpeerconnection
import aiortc.rtcrtpreceiver
import aiortc.rtp
import pytest
from aiortc.rtp import RtcpPacket, RtpPacket

REPLACED = (
    (aiortc.rtcpeerconnection, "RTCRtpReceiver"),
    (aiortc.rtcicetransport, "Connection"),
    (aiortc.rtcrtpreceiver, "decoder_worker"),
    (aiortc.rtcrtpreceiver, "get_decoder"),
    (aiortc.rtcrtpreceiver, "random"),
    (aiortc.rtp, "DYNAMIC_PAYLOAD_TYPES"),
    (aiortc.rtp, "unpack_remb_fci"),
    (RtpPacket, "parse"),
    (RtcpPacket, "parse"),
    (aioice.ice, "get_host_addresses"),
    (aioice.ice.Connection, "data_received"),
)


@pytest.fixture(autouse=True)
def libraries_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put everything back."""
    for owner, name in REPLACED:
        monkeypatch.setattr(owner, name, vars(owner)[name])
    monkeypatch.setitem(aiortc.codecs.CODECS, "audio", list(aiortc.codecs.CODECS["audio"]))
