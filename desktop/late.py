"""The parts of the program that typing does not wait for: network, device key, media process, posture, sign-in."""

import platform
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.link.bindings import Bindings
from desktop.link.gateway import GatewayClient
from desktop.link.live import GatewayChannel, LiveEvents
from desktop.logs import note, start_logs
from desktop.ports import Gateway, LinkState, Session, Signer
from desktop.runtime import Runtime
from desktop.secure_store.store_thread import StoreThread
from desktop.settings import LoadedSettings
from desktop.spelling.handle import SpellingProcess
from desktop.ui.bridge import Bridge, ReadNotifier
from desktop.ui.controller import Controller
from desktop.ui.sound_menu import SoundChoice
from desktop.version import VERSION
from desktop.workflows.begin import Begun
from desktop.workflows.join import JoinTools, ReportInputs
from desktop.workflows.prepare import Prepared
from wire.posture import SignedReport
from wire.refusals import RefusalCode

if TYPE_CHECKING:
    from desktop.av.handle import MediaProcessHandle
    from desktop.secure_store.device_key import DeviceKey


class LateParts:
    """Starts them in order and takes them down again."""

    def __init__(self, bridge: Bridge, store: StoreThread, flows: Begun, controller: Controller) -> None:
        self._bridge = bridge
        self._store = store
        self._flows = flows
        self._controller = controller
        self._runtime = Runtime()
        self._gateway: GatewayClient | None = None
        self._media: MediaProcessHandle | None = None
        self._spelling = SpellingProcess(bridge.call_soon, bridge.later)
        self._notifier: ReadNotifier | None = None
        self._stopped = False
        self._stop_logs: Callable[[], None] = lambda: None
        self.on_failed: Callable[[BaseException], None] = lambda _problem: None
        """Called on the UI thread when a part that comes later (the device key) did not come."""
        self.vault_facts: Callable[[], dict[str, str]] = dict
        self.other = False
        """Somebody else wants to sign in."""
        self._line = ChannelLine(self._runtime, bridge, flows, lambda: self._gateway)

    def start(self, prepared: Prepared, loaded: LoadedSettings, data_dir: Path) -> None:
        """Start the asyncio thread and the media process, then fetch the device key and go on with it."""
        self._prepared, self._loaded, self._data_dir = prepared, loaded, data_dir
        self._stop_logs = start_logs(data_dir / "logs")
        note("started", version=VERSION)
        self._runtime.start()
        self._bridge.use_loop(self._runtime)
        self._flows.sync.pick_up()
        self._start_media()
        self._flows.own_words.start()
        self._controller.spelling.use_check(self._spelling)
        future = self._store.device_key()
        future.add_done_callback(lambda it: self._bridge.call_soon(lambda: self._on_key(it)))

    def _on_key(self, future: "Future[DeviceKey]") -> None:
        media, problem = self._media, future.exception()
        if self._stopped or media is None:
            return
        if problem is not None:
            self.on_failed(problem)
        else:
            self._with_key(future.result(), media)

    def _start_media(self) -> None:
        from desktop.av.handle import MediaProcessHandle

        media = self._media = MediaProcessHandle(self._flows.join, self._bridge.later)
        media.start()
        self._watch_media(media)
        media.on_restarted = lambda: self._watch_media(media)
        media.on_lost = self._on_media_lost

    def _on_media_lost(self) -> None:
        note("media_process_ended")
        self._unwatch_media()

    def _watch_media(self, media: "MediaProcessHandle") -> None:
        self._notifier = ReadNotifier(media.fileno(), media.on_readable)

    def _unwatch_media(self) -> None:
        if self._notifier is not None:
            self._notifier.stop()

    def _with_key(self, signer: Signer, media: "MediaProcessHandle") -> None:
        """The device key is there: gateway, posture, session."""
        from desktop.posture.report import build_report
        from desktop.posture.runner import PostureRunner

        flows = self._flows
        flows.gateways.make = lambda address: self._make_gateway(address, signer)
        flows.line.use(self._line)
        settings = self._loaded.settings
        counter = _Counter()

        def make_report(inputs: ReportInputs) -> SignedReport:
            return build_report(inputs, VERSION, _system(), counter.next(inputs.challenge.gateway_time))

        tools = JoinTools(
            posture=PostureRunner(),
            signer=signer,
            trust=Bindings(),
            media=media,
            build_report=make_report,
            data_dir=str(self._data_dir),
            loopback_candidates=settings.loopback_candidates,
        )
        flows.join.use(tools, time.monotonic)
        self._controller.feeds.use_sound(SoundChoice(settings.output_device, settings.speech_boost))
        self._controller.device_facts = lambda: self._facts(signer) | self.vault_facts()
        address = settings.gateway if self._loaded.locked("gateway") else ""
        if settings.gateway and not address and not self._prepared.known.address:
            flows.session.address = settings.gateway
        flows.session.start(self._prepared.known, address, other=self.other)

    def _make_gateway(self, address: str, signer: Signer) -> Gateway:
        gateway = GatewayClient(address, signer)
        gateway.on_session = self._on_session
        self._gateway = gateway
        return gateway

    def _on_session(self, session: Session) -> None:
        self._bridge.call_soon(lambda: self._flows.session.keep_session(session))

    def _facts(self, signer: Signer) -> dict[str, str]:
        from desktop.ui.words import say

        session = self._flows.session
        return {
            "person": session.person.name if session.person else say("device.nobody"),
            "gateway": session.address,
            "device": session.device_id,
            "key": say(f"device.key_{signer.provenance}"),
            "version": VERSION,
        }

    def stop(self) -> None:
        """Take down what was started: channel, feed, asyncio thread."""
        self._stopped = True
        self._line.stop()
        self._controller.spelling.use_check(None)
        self._spelling.stop()
        self._unwatch_media()
        if self._media is not None:
            self._media.stop()
        self._runtime.stop()
        note("stopped")
        self._stop_logs()


class ChannelLine:
    """Implements workflows' LiveLine over the asyncio thread."""

    def __init__(
        self, runtime: Runtime, bridge: Bridge, flows: Begun, gateway: Callable[[], GatewayClient | None]
    ) -> None:
        self._runtime = runtime
        self._bridge = bridge
        self._flows = flows
        self._gateway = gateway
        self._channel: GatewayChannel | None = None
        self._running: Future[None] | None = None

    def start(self) -> None:
        """Keep connected until stopped."""
        gateway = self._gateway()
        if gateway is None or (self._running is not None and not self._running.done()):
            return
        self._channel = GatewayChannel(gateway, LiveEvents(self._on_frame, self._on_state), f"desktop {VERSION}")
        self._running = self._runtime.submit(self._channel.run())

    def stop(self) -> None:
        """Disconnect."""
        if self._running is not None:
            self._running.cancel()
            self._running = None

    def send(self, frame_json: str) -> None:
        """Send one frame when connected; tasks start in the order of the calls, so frames keep theirs."""
        if self._channel is not None and self._running is not None:
            self._runtime.submit(self._channel.send(frame_json))

    def _on_frame(self, frame: str) -> None:
        self._bridge.call_soon(lambda: self._flows.sync.frame_received(frame))

    def _on_state(self, state: LinkState, code: RefusalCode | None) -> None:
        self._bridge.call_soon(lambda: self._state_changed(state, code))

    def _state_changed(self, state: LinkState, code: RefusalCode | None) -> None:
        note("link_changed", state=state.value, code=code.value if code else None)
        self._flows.sync.link_changed(state, code)
        if state is LinkState.SIGNED_OUT and code is not None:
            self._flows.session.session_ended(code)


class _Counter:
    """The report's counter: grows over restarts and wrong clocks, because it starts from the gateway's milliseconds."""

    def __init__(self) -> None:
        self._last = 0

    def next(self, gateway_time: datetime) -> int:
        self._last = max(self._last + 1, int(gateway_time.timestamp() * 1000))
        return self._last


def _system() -> str:
    return f"{platform.system()} {platform.release()}"
