// @ts-check
/**
 * The one socket of a tab: opens it, notices when it is dead, opens it again. What the frames mean is not its business.
 *
 * @typedef {import("./types.js").Frame} Frame
 * @typedef {"connecting" | "open" | "waiting" | "stopped"} Status
 *
 * @typedef {object} Environment what a test puts in place of the browser
 * @property {(url: string, protocols: string[]) => WebSocket} open
 * @property {(work: () => void, ms: number) => any} later
 * @property {(timer: any) => void} cancel
 * @property {() => number} random from 0 to 1
 *
 * @typedef {object} Options
 * @property {string} url
 * @property {(fresh: boolean) => Promise<string>} token raises what `isOver` says yes to when the session is over
 * @property {(frame: Frame) => void} onFrame
 * @property {(status: Status) => void} onStatus
 * @property {(error: unknown) => boolean} isOver
 * @property {Environment} [environment]
 */

/** Close codes of the contract. */
export const UNAUTHENTICATED = 4401;
export const RESTARTING = 1012;

/** In ms: without a sign of life for QUIET a ping goes out, and without an answer for DEADLINE the socket is dead. */
const QUIET = 20_000;
const DEADLINE = 5_000;
/** In ms: the same after waking up, or after the browser says that it is offline. */
const PROBE = 2_000;
const LONGEST = 10_000;

/** @type {Environment} */
const BROWSER = {
  open: (url, protocols) => new WebSocket(url, protocols),
  later: (work, ms) => setTimeout(work, ms),
  cancel: (timer) => clearTimeout(timer),
  random: Math.random,
};

export class Connection {
  /** @param {Options} options */
  constructor(options) {
    this.options = options;
    this.env = options.environment ?? BROWSER;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {Status} */
    this.status = "stopped";
    this.attempts = 0;
    this.refused = 0; // times in a row that the server closed with 4401
    /** @type {any} */
    this.retry = null;
    /** @type {any} */
    this.quiet = null;
    /** @type {any} */
    this.deadline = null;
  }

  start() {
    if (this.status === "stopped") this.connect(false);
  }

  stop() {
    this.say("stopped");
    this.drop();
    this.env.cancel(this.retry);
  }

  /** Send a frame; false if there is no open socket. @param {import("./types.js").Sent} frame */
  send(frame) {
    if (this.socket?.readyState !== 1 || this.status !== "open") return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  /** The machine woke up, or the network came or went: find out now whether the socket lives. */
  probe() {
    if (this.status === "open") this.ping(PROBE);
    else if (this.status === "waiting") this.connect(false);
  }

  /** @param {Status} status */
  say(status) {
    if (this.status === status) return;
    this.status = status;
    this.options.onStatus(status);
  }

  /** @param {boolean} fresh ask for a new token first */
  async connect(fresh) {
    this.env.cancel(this.retry);
    this.say("connecting");
    let token;
    try {
      token = await this.options.token(fresh);
    } catch (error) {
      if (this.options.isOver(error)) this.stop();
      else if (this.status === "connecting") this.wait(false);
      return;
    }
    if (this.status !== "connecting" || this.socket) return;
    const socket = this.env.open(this.options.url, ["chat.v1", `bearer.${token}`]);
    this.socket = socket;
    this.watch(DEADLINE * 2);
    socket.onmessage = (event) => {
      if (this.socket === socket) this.receive(JSON.parse(event.data));
    };
    socket.onclose = (event) => {
      if (this.socket === socket) this.closed(event.code);
    };
  }

  /** @param {Frame} frame */
  receive(frame) {
    this.alive();
    if (frame.type === "pong") return;
    if (frame.type === "connection_established") {
      this.attempts = this.refused = 0;
      this.say("open");
    }
    this.options.onFrame(frame);
  }

  /** A sign of life: the next ping is QUIET away. */
  alive() {
    this.env.cancel(this.deadline);
    this.deadline = null;
    this.env.cancel(this.quiet);
    this.quiet = this.env.later(() => this.ping(DEADLINE), QUIET);
  }

  /** @param {number} patience in ms */
  ping(patience) {
    if (this.socket?.readyState === 1) this.socket.send('{"type":"ping"}');
    this.watch(patience);
  }

  /** The socket is dead unless something comes within `patience` ms. @param {number} patience */
  watch(patience) {
    this.env.cancel(this.deadline);
    this.deadline = this.env.later(() => this.closed(1006), patience);
  }

  /** Let go of the socket. */
  drop() {
    const socket = this.socket;
    this.socket = null;
    this.env.cancel(this.quiet);
    this.env.cancel(this.deadline);
    if (socket) {
      socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  /** @param {number} code */
  closed(code) {
    this.drop();
    if (this.status === "stopped") return;
    if (code === UNAUTHENTICATED) {
      this.refused += 1;
      // The first time the token may just have run out; refused again with a fresh one, don't hurry.
      if (this.refused === 1) this.connect(true);
      else this.wait(true);
    } else {
      this.wait(false, code === RESTARTING || this.status === "open" ? 1000 : undefined);
    }
  }

  /** Try again after a while: full jitter, so that a restarted server is not met by all at once. @param {boolean} fresh @param {number} [most] ms */
  wait(fresh, most) {
    this.say("waiting");
    const longest = most ?? Math.min(LONGEST, 500 * 2 ** Math.min(this.attempts, 10));
    this.attempts += 1;
    this.env.cancel(this.retry);
    this.retry = this.env.later(() => this.connect(fresh), 50 + this.env.random() * longest);
  }
}
