import assert from "node:assert/strict";
import { File } from "node:buffer";
import { test } from "node:test";
import { load } from "./setup.mjs";

const { Recording, formatOf, nameOf } = await load("chat/recording.js");

globalThis.File ??= File; // Node 18 has none of its own

/** A browser with a microphone, which a person allows when the test says so; and a recording in it. */
function make({ most = 1e6 } = {}) {
  const world = {
    now: 1000,
    tracks: [{ isOn: true, stop: () => Object.assign(world.tracks[0], { isOn: false }) }],
    over: [],
  };
  const stream = { getTracks: () => world.tracks };
  const asked = new Promise((allow, refuse) => Object.assign(world, { allow: () => allow(stream), refuse }));
  Object.defineProperty(globalThis, "navigator", {
    value: { mediaDevices: { getUserMedia: () => asked } },
    configurable: true,
  });
  globalThis.MediaRecorder = class {
    static isTypeSupported = (type) => type === "audio/mp4";
    state = "inactive";
    constructor(_, { mimeType }) {
      this.mimeType = mimeType;
      world.recorder = this;
    }
    start() {
      this.state = "recording";
    }
    stop() {
      this.state = "inactive";
      this.ondataavailable({ data: new Blob(["end"]) });
      this.onstop();
    }
  };
  globalThis.AudioContext = class {
    state = "running";
    createAnalyser = () => ({ fftSize: 4, getFloatTimeDomainData: (values) => values.fill(-0.25) });
    createMediaStreamSource = () => ({ connect: () => {} });
    close = () => Object.assign(world, { isClosed: true });
  };
  const recording = new Recording({
    most,
    onTick: () => {},
    onOver: (...how) => world.over.push(how),
    now: () => world.now,
  });
  world.speak = (seconds) => {
    world.now += 1000 * seconds;
    recording.tick();
  };
  return { world, recording, started: recording.start() };
}

test("the first format that the browser can is recorded, and the name says when", () => {
  assert.equal(
    formatOf(() => true),
    "audio/webm;codecs=opus",
  );
  assert.equal(
    formatOf((type) => type === "audio/mp4"),
    "audio/mp4",
  );
  assert.equal(nameOf("audio/webm", new Date(2026, 10, 7, 5, 9, 3)), "Voice message 2026-11-07 05.09.03.webm");
  assert.match(nameOf("audio/mp4", new Date()), /\.m4a$/);
});

test("what was said is kept with its duration and loudness, and the microphone is let go at once", async () => {
  const { world, recording, started } = make();
  world.allow();
  await started;
  world.recorder.ondataavailable({ data: new Blob(["words "]) });
  world.speak(2.5);
  recording.stop();
  recording.cancel();
  assert.deepEqual([world.tracks[0].isOn, world.isClosed, world.over.length], [false, true, 1]);
  const { file, measures } = await world.over[0][0];
  assert.equal(await file.text(), "words end");
  assert.equal(file.type, "audio/mp4");
  assert.deepEqual(measures, { duration: 2.5, waveform: Array(64).fill(100) });
});

test("a slip of the finger is no message", async () => {
  const { world, recording, started } = make();
  world.allow();
  await started;
  recording.stop();
  assert.equal(await world.over[0][0], null);
});

test("given up while the browser asks: the microphone is let go as soon as it comes", async () => {
  const { world, recording, started } = make();
  recording.stop();
  world.allow();
  await started;
  assert.deepEqual([world.tracks[0].isOn, world.over], [false, [[null, false]]]);
});

test("it ends by itself before it is too large for the server, after 15 minutes, and when the microphone is pulled out", async () => {
  const large = make({ most: 60_000 });
  large.world.allow();
  await large.started;
  large.world.recorder.ondataavailable({ data: new Blob(["a".repeat(9_000)]) });
  assert.equal(large.recording.state, "running");
  large.world.recorder.ondataavailable({ data: new Blob(["a".repeat(2_000)]) });
  assert.equal(large.recording.state, "over");
  assert.equal(large.world.over[0][1], true);

  const long = make();
  long.world.allow();
  await long.started;
  long.world.speak(899);
  assert.equal(long.recording.state, "running");
  long.world.speak(1);
  assert.deepEqual([long.recording.state, long.world.over[0][1]], ["over", true]);

  const pulled = make();
  pulled.world.allow();
  await pulled.started;
  pulled.world.tracks[0].onended();
  assert.deepEqual([pulled.recording.state, pulled.world.over[0][1]], ["over", false]);
});

test("no microphone: the browser's refusal is handed on", async () => {
  const { world, started } = make();
  world.refuse(new Error("NotAllowedError"));
  await assert.rejects(started, /NotAllowedError/);
});
