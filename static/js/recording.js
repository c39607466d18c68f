// @ts-check
/**
 * A voice message while it is spoken: the microphone, how loud it is, and what comes of it. Knows no page and no chat.
 *
 * @typedef {{file: File, measures: import("./measure.js").Measures}} Recorded
 *
 * @typedef {object} Options
 * @property {number} most bytes
 * @property {() => void} onTick some times a second: there is more of it
 * @property {() => number} [now] ms
 * @property {(made: Promise<Recorded | null> | null, isFull: boolean) => void} onOver called once, as soon as the microphone is let go; null: nothing is kept. `isFull`: it ended by itself, as it may not become longer
 */
import { peaksOf, valid } from "chat/measure.js";

/** The first of them that a browser can is recorded; Safari has the last one only. */
const FORMATS = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];
/** @type {Record<string, string>} */
const SUFFIXES = { "audio/webm": "webm", "audio/ogg": "ogg", "audio/mp4": "m4a" };
/** A second: enough for speech. */
const BITS = 48_000;
/** So often what was recorded is handed over, in ms, and so much more than that may come at the end, in bytes. */
const SLICE = 1000;
const REST = 50_000;
/** How long the end is waited for, in ms. */
const PATIENCE = 3000;
/** Seconds of a voice message, at most; and at least: what is shorter was a slip. */
export const LONGEST = 900;
const SHORTEST = 0.5;
/** So often a second is noted how loud it is. */
const RATE = 20;

/** @param {(type: string) => boolean} isSupported */
export const formatOf = (isSupported) => FORMATS.find(isSupported);

/** "Voice message 2026-11-27 05.10.32.webm": the same in all languages, as everybody sees it. @param {string} mime @param {Date} now */
export function nameOf(mime, now) {
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(".");
  return `Voice message ${day} ${time}.${SUFFIXES[mime]}`;
}

export class Recording {
  /** @param {Options} options */
  constructor(options) {
    this.options = options;
    this.now = options.now ?? (() => performance.now());
    /** @type {"asking" | "running" | "over"} */
    this.state = "asking";
    /** How loud it was, from 0 to 1, RATE times a second. @type {number[]} */
    this.levels = [];
    this.begun = 0;
    /** @type {Blob[]} */
    this.parts = [];
    this.size = 0;
    /** @type {(() => void)[]} */
    this.endings = [];
    /** @type {() => number | null} */
    this.listen = () => null;
  }

  /** So long it is now. */
  get seconds() {
    return this.state === "asking" ? 0 : (this.now() - this.begun) / 1000;
  }

  /** Ask for the microphone and begin. Raises what the browser says if there is none. */
  async start() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
    this.endings.push(() => {
      for (const track of stream.getTracks()) track.stop();
    });
    if (this.state === "over") return this.letGo(); // it was given up meanwhile
    for (const track of stream.getTracks()) track.onended = () => this.stop();
    const recorder = new MediaRecorder(stream, {
      mimeType: formatOf((type) => MediaRecorder.isTypeSupported(type)),
      audioBitsPerSecond: BITS,
    });
    this.done = new Promise((resolve) => {
      recorder.onstop = resolve;
    }).then(() => this.stop());
    recorder.onerror = () => this.stop();
    recorder.ondataavailable = ({ data }) => {
      this.parts.push(data);
      this.size += data.size;
      if (this.size + REST > this.options.most) this.end(true, true);
    };
    this.mime = recorder.mimeType;
    this.endings.unshift(() => recorder.state !== "inactive" && recorder.stop());
    this.listen = this.hear(stream);
    recorder.start(SLICE);
    this.begun = this.now();
    this.state = "running";
    const timer = setInterval(() => this.tick(), 1000 / RATE);
    this.endings.push(() => clearInterval(timer));
  }

  /** End it, and keep what was said. */
  stop() {
    this.end(true);
  }

  cancel() {
    this.end(false);
  }

  // ------------------------------------------------------------ inside

  /** What tells how loud it is just now; null if that can't be told. @param {MediaStream} stream @returns {() => number | null} */
  hear(stream) {
    try {
      const audio = new AudioContext();
      this.endings.push(() => audio.close());
      const analyser = audio.createAnalyser();
      const values = new Float32Array(analyser.fftSize);
      audio.createMediaStreamSource(stream).connect(analyser);
      return () => {
        if (audio.state !== "running") return null;
        analyser.getFloatTimeDomainData(values);
        return values.reduce((most, value) => Math.max(most, Math.min(1, Math.abs(value))), 0);
      };
    } catch {
      return () => null;
    }
  }

  tick() {
    const { seconds, levels } = this;
    const level = this.listen();
    // In a tab that is not seen it comes more rarely.
    while (level !== null && levels.length < seconds * RATE) levels.push(level);
    if (seconds >= LONGEST) this.end(true, true);
    else this.options.onTick();
  }

  /** @param {boolean} isKept @param {boolean} [isFull] */
  end(isKept, isFull = false) {
    if (this.state === "over") return;
    const { seconds } = this;
    const wasRunning = this.state === "running";
    this.state = "over";
    this.letGo();
    this.options.onOver(isKept && wasRunning ? this.made(seconds) : null, isFull);
  }

  letGo() {
    for (const ending of this.endings.splice(0)) ending();
  }

  /** @param {number} duration @returns {Promise<Recorded | null>} */
  async made(duration) {
    await Promise.race([this.done, new Promise((late) => setTimeout(late, PATIENCE))]);
    const type = (this.mime ?? "").split(";")[0] || "audio/webm";
    const file = new File(this.parts, nameOf(type, new Date()), { type });
    if (!file.size || duration < SHORTEST) return null;
    const waveform = this.levels.length ? peaksOf(this.levels) : undefined;
    return { file, measures: valid({ duration, waveform }) };
  }
}
