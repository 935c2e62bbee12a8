// Chromium as a receiver: one page that answers, and shows the picture where Alcove shows its own.
(() => {
  window.answer_to = async (sdp, place, relay) => {
    document.body.style.cssText = "margin:0;background:#222";
    const video = document.createElement("video");
    video.style.cssText = `position:absolute;left:${place.x}px;top:${place.y}px;width:${place.width}px;` +
      `height:${place.height}px;object-fit:contain`;
    video.autoplay = true;
    document.body.append(video);
    const pc = new RTCPeerConnection(relay ? { iceServers: [relay], iceTransportPolicy: "relay" } : { iceServers: [] });
    window.pc = pc;
    pc.addEventListener("track", (event) => {
      video.srcObject = event.streams[0];
    });
    await pc.setRemoteDescription({ type: "offer", sdp });
    await pc.setLocalDescription(await pc.createAnswer());
    await new Promise((resolve) => {
      if (pc.iceGatheringState === "complete") resolve();
      pc.addEventListener("icegatheringstatechange", () => pc.iceGatheringState === "complete" && resolve());
      setTimeout(resolve, 2000);
    });
    return pc.localDescription.sdp;
  };
})();
