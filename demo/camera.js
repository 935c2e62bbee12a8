// A camera and a microphone drawn by the test: a 16-bit barcode of the frame's number, and a 700 Hz tone.
navigator.mediaDevices.getUserMedia = async () => {
  const canvas = document.createElement("canvas");
  canvas.width = 640;
  canvas.height = 360;
  const pen = canvas.getContext("2d");
  let number = 0;
  const draw = () => {
    pen.fillStyle = "#2050a0";
    pen.fillRect(0, 0, 640, 360);
    number = (number + 1) % 65536;
    pen.fillStyle = "#ff00ff";
    pen.fillRect(0, 140, 640, 80);
    for (let bit = 0; bit < 16; bit += 1) {
      pen.fillStyle = (number >> (15 - bit)) & 1 ? "#ffffff" : "#000000";
      pen.fillRect(bit * 40, 150, 40, 60);
    }
  };
  setInterval(draw, 100);
  draw();
  const stream = canvas.captureStream(15);
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  tone.frequency.value = 700;
  const out = audio.createMediaStreamDestination();
  tone.connect(out);
  tone.start();
  await audio.resume();
  stream.addTrack(out.stream.getAudioTracks()[0]);
  return stream;
};
