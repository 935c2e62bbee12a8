// The exam room's camera and microphone for the feed bench, and the way of its peer connections through the forwarder.
// `benchSetup` ({lanes, speech} or {relay, speech}) is defined before this script.
(() => {
  const WIDTH = 1280, HEIGHT = 720, FPS = 30, CELLS = 20;
  const bench = { next_lane: 0, pcs: [], drawn: [], clock: [], sent: [], started_at: 0, stream: null };
  window.bench = bench;
  const unix_ms = () => performance.timeOrigin + performance.now();

  // --- by the clinic's own way to the relay ------------------------------------------------------------------------
  if (benchSetup.relay) {
    window.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(configuration) {
        super({ ...configuration, iceServers: [benchSetup.relay], iceTransportPolicy: "relay" });
        bench.pcs.push(this);
      }
    };
  } else {
    go_through_the_forwarder();
  }

  // --- through the forwarder -------------------------------------------------------------------------------------
  function go_through_the_forwarder() {
    const local_description = Object.getOwnPropertyDescriptor(RTCPeerConnection.prototype, "localDescription");
    const set_remote = RTCPeerConnection.prototype.setRemoteDescription;

    function lane_of(pc) {
      if (pc.bench_lane === undefined) {
        pc.bench_lane = benchSetup.lanes[bench.next_lane % benchSetup.lanes.length];
        bench.next_lane += 1;
        bench.pcs.push(pc);
      }
      return pc.bench_lane;
    }

    /** One candidate, the forwarder's, in place of all; said in each section, since aiortc believes the last alone. */
    function through(sdp, port) {
      const candidate = `a=candidate:1 1 udp 2122260223 127.0.0.1 ${port} typ host generation 0`;
      const lines = sdp.split("\r\n").filter((line) => !line.startsWith("a=candidate:"));
      return lines.flatMap((line) => (line.startsWith("a=ice-ufrag:") ? [candidate, line] : [line])).join("\r\n");
    }

    Object.defineProperty(RTCPeerConnection.prototype, "localDescription", {
      get() {
        const found = local_description.get.call(this);
        return found && { type: found.type, sdp: through(found.sdp, lane_of(this).sender) };
      },
    });
    RTCPeerConnection.prototype.setRemoteDescription = function (description) {
      const sdp = through(description.sdp, lane_of(this).receiver);
      return set_remote.call(this, { type: description.type, sdp });
    };
  }

  // --- camera ----------------------------------------------------------------------------------------------------
  function texture() {
    const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
    const pen = canvas.getContext("2d");
    let state = 1;
    const random = () => (state = (state * 16807) % 2147483647) / 2147483647;
    for (let count = 0; count < 700; count += 1) {
      pen.fillStyle = `hsl(${random() * 360} 25% ${25 + random() * 40}%)`;
      pen.fillRect(random() * canvas.width - 40, random() * canvas.height - 40, 8 + random() * 90, 8 + random() * 60);
    }
    return canvas.transferToImageBitmap();
  }

  function draw_barcode(pen, number) {
    pen.fillStyle = "#ff00ff";
    pen.fillRect(0, 300, WIDTH, 120);
    const gray = number ^ (number >> 1);
    const check = (gray ^ (gray >> 4) ^ (gray >> 8) ^ (gray >> 12) ^ 0b0101) & 0b1111;
    const word = (gray << 4) | check;
    for (let cell = 0; cell < CELLS; cell += 1) {
      pen.fillStyle = (word >> (CELLS - 1 - cell)) & 1 ? "#ffffff" : "#000000";
      pen.fillRect((cell * WIDTH) / CELLS, 324, WIDTH / CELLS, 72);
    }
  }

  function camera() {
    const canvas = document.createElement("canvas");
    canvas.width = WIDTH;
    canvas.height = HEIGHT;
    const pen = canvas.getContext("2d", { alpha: false });
    const room = texture();
    const stream = canvas.captureStream(0);
    const track = stream.getVideoTracks()[0];
    let number = 0;
    let due = performance.now();
    function draw() {
      number += 1;
      const phase = number / FPS;
      pen.drawImage(room, 0, 0); // a camera on a stand: the room keeps still
      pen.fillStyle = "#c99b7a"; // somebody who speaks and moves
      pen.beginPath();
      pen.ellipse(640 + 120 * Math.sin(phase), 190, 70, 90, 0, 0, 7);
      pen.fill();
      pen.fillStyle = "#d9a441";
      pen.fillRect(540 + 120 * Math.sin(phase), 440, 200, 280);
      draw_barcode(pen, number & 0xffff);
      track.requestFrame();
      bench.drawn.push([number, unix_ms()]);
      due = Math.max(due + 1000 / FPS, performance.now());
      setTimeout(draw, due - performance.now());
    }
    draw();
    return track;
  }

  // --- microphone ------------------------------------------------------------------------------------------------
  async function microphone() {
    const { rate, samples } = benchSetup.speech;
    const bytes = Uint8Array.from(atob(samples), (char) => char.charCodeAt(0));
    const levels = new Int16Array(bytes.buffer);
    const context = new AudioContext({ sampleRate: 48000 });
    const buffer = context.createBuffer(1, levels.length, rate);
    buffer.getChannelData(0).set(Float32Array.from(levels, (level) => level / 32768));
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.loop = true;
    const out = context.createMediaStreamDestination();
    out.channelCount = 1;
    source.connect(out);
    await context.resume();
    bench.started_at = context.currentTime + 0.2;
    source.start(bench.started_at);
    setInterval(() => bench.clock.push([unix_ms(), context.currentTime]), 47);
    return out.stream.getAudioTracks()[0];
  }

  navigator.mediaDevices.getUserMedia = async () => {
    bench.stream ??= new MediaStream([await microphone(), camera()]);
    return new MediaStream(bench.stream.getTracks().map((track) => track.clone()));
  };

  // --- what is sent ----------------------------------------------------------------------------------------------
  setInterval(async () => {
    const pc = bench.pcs.at(-1);
    if (!pc || pc.connectionState === "closed") return;
    for (const entry of (await pc.getStats()).values()) {
      if (entry.type === "outbound-rtp" && entry.kind === "video") {
        bench.sent.push([unix_ms(), entry.frameHeight ?? 0, entry.bytesSent, entry.qualityLimitationReason]);
      }
    }
  }, 200);

  // --- the same offer for Chromium as the room's page makes for Alcove -----------------------------------------------
  bench.offer = async () => {
    const { add_tracks, set_offer } = await import("/static/room/lines.js");
    const pc = new RTCPeerConnection({ iceServers: [], bundlePolicy: "max-bundle" });
    add_tracks(pc, bench.stream);
    await set_offer(pc);
    await new Promise((resolve) => {
      if (pc.iceGatheringState === "complete") resolve();
      pc.addEventListener("icegatheringstatechange", () => pc.iceGatheringState === "complete" && resolve());
      setTimeout(resolve, 2000);
    });
    bench.offering = pc;
    return pc.localDescription.sdp;
  };
  bench.answer = (sdp) => bench.offering.setRemoteDescription({ type: "answer", sdp });
  bench.close = () => bench.offering?.close();
  bench.take = () => {
    const taken = { drawn: bench.drawn, clock: bench.clock, sent: bench.sent, started_at: bench.started_at };
    [bench.drawn, bench.clock, bench.sent] = [[], [], []];
    return taken;
  };
})();
