// @ts-check
/**
 * HTTP with the access token, which lives in this module's memory only. The refresh token is a cookie that no script sees.
 * And addresses: those of the API, and those of the client's own pages.
 *
 * @typedef {object} Place
 * @property {string | null} chat its key; null: the list alone
 * @property {number | null} seq the message that is linked to
 */

import { alone } from "chat/browser.js";
import { t } from "chat/i18n.js";

/** A refusal of the server, in its one error shape; `status` 0 when it could not be reached. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {{code?: string, detail?: string, fields?: Record<string, string[]>}} error
   * @param {number} [retryAfter] seconds
   * @param {any} [answer] with what stands beside the error
   */
  constructor(status, error, retryAfter, answer) {
    super(error.detail || `The server answered ${status}.`);
    this.status = status;
    this.code = error.code ?? "error";
    this.fields = error.fields ?? {};
    this.retryAfter = retryAfter;
    this.answer = answer;
  }

  /** The sentence for people: of the first field, if fields are named. */
  get sentence() {
    if (this.code === "edit_window_over") return t("This message can't be edited any more.");
    if (this.code === "delete_window_over") return t("This message can't be deleted any more.");
    return t(Object.values(this.fields)[0]?.[0] ?? this.message);
  }
}

/** Seconds before its end from which on an access token is not used any more. */
const EARLY = 30;

let access = "";
let endsAt = 0; // ms since 1970, by this machine's clock
/** @type {Promise<string> | null} */
let refreshing = null;
let isLeft = false;
/** Whose page this is. */
let owner = 0;
/** @type {() => void} */
let signedOut = () => {};
/** @type {() => void} */
let changedHands = () => {};

/**
 * From now on only tokens of this person are used.
 * @param {number} user
 * @param {{signedOut: () => void, changedHands: () => void}} then what to do when the session is over, and when
 *   somebody else is signed in in this browser
 */
export function belongTo(user, then) {
  owner = user;
  ({ signedOut, changedHands } = then);
}

/** Forget the token, and ask for no other: the page is being left. */
export function forget() {
  access = "";
  endsAt = 0;
  isLeft = true;
}

/** Milliseconds until the access token should be replaced. */
export const timeLeft = () => endsAt - EARLY * 1000 - Date.now();

/** An access token that is good for a while. @param {boolean} [fresh] a new one in any case. Raises `Refused`. */
export function token(fresh = false) {
  if (!fresh && access && timeLeft() > 0) return Promise.resolve(access);
  refreshing ??= alone(LOCK, refresh).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

/** One tab at a time, where the browser has locks: the others then use the newest cookie. */
const LOCK = "auth-refresh";

/**
 * The next token by the browser's cookie, which may be somebody else's by now: they signed in in another tab. A refusal
 * may be about an old cookie, which another tab has replaced meanwhile: asked twice.
 */
async function renew() {
  if (isLeft) throw new Refused(0, {});
  // keepalive: the new cookie is kept although the page may be left meanwhile.
  const ask = () => send("POST", "/auth/refresh", {}, { keepalive: true });
  const answer = await ask().catch((error) => {
    if (isOver(error)) return ask();
    throw error;
  });
  if (userOf(answer.access_token) !== owner) {
    changedHands(); // nothing may be asked or sent in their name
    throw new Refused(0, {});
  }
  access = answer.access_token;
  endsAt = Date.now() + answer.expires_in * 1000;
  return access;
}

async function refresh() {
  try {
    return await renew();
  } catch (error) {
    if (isOver(error)) signedOut();
    throw error;
  }
}

/** @param {unknown} error */
const isOver = (error) => error instanceof Refused && error.status === 401;

/** Whose access token this is (RFC 7519: the middle part says it, in base64url). @param {string} token */
function userOf(token) {
  const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  return Number(JSON.parse(atob(payload)).user_id);
}

/**
 * Call an endpoint. Gives the answer's JSON, or null. Raises `Refused`.
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @param {{keepalive?: boolean}} [options] `keepalive`: also if the page is being left
 * @returns {Promise<any>}
 */
export async function call(method, path, body, options = {}) {
  try {
    return await send(method, path, body, { ...options, token: await token() });
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 401) throw error;
    return send(method, path, body, { ...options, token: await token(true) });
  }
}

/** @param {string} path */
export const get = (path) => call("GET", path);
/** @param {string} path @param {object} [body] */
export const post = (path, body = {}) => call("POST", path, body);

/** End the session on the server; the cookie goes too. First make sure that the cookie is of this page's person. */
export async function logout() {
  await alone(LOCK, async () => {
    await renew();
    await send("POST", "/auth/logout", {}, { keepalive: true });
  });
}

/**
 * @param {string} method @param {string} path @param {object | undefined} body
 * @param {{token?: string, keepalive?: boolean}} options
 */
async function send(method, path, body, { token = "", keepalive = false }) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json", "X-Client": "web" };
  if (token) headers.Authorization = `Bearer ${token}`;
  const isForm = body instanceof FormData; // whose type the browser says
  if (body && !isForm) headers["Content-Type"] = "application/json";
  let response;
  try {
    const sent = body && !isForm ? JSON.stringify(body) : /** @type {FormData | undefined} */ (body);
    response = await fetch(path, { method, headers, keepalive, body: sent, cache: "no-store" });
  } catch {
    throw new Refused(0, { code: "offline", detail: "Can't reach the server." });
  }
  if (response.status === 204) return null;
  const data = await response.json().catch(() => null);
  if (response.ok) return data;
  const retryAfter = Number(response.headers.get("Retry-After")) || undefined;
  throw new Refused(response.status, data?.error ?? {}, retryAfter, data);
}

/** Where a chat lives in the API. @param {string} key `general`, `private:3`, `room:5` */
export function pathOf(key) {
  return `/chats/${key.replace(":", "/")}`;
}

/** Where a page's address leads. @param {string} path @param {string} [query] @returns {Place} */
export function placeOf(path, query = "") {
  const match = /^\/chat\/(general|private\/\d{1,18}|room\/\d{1,18})(?:\/(\d{1,15}))?\/?$/.exec(path);
  const asked = new URLSearchParams(query).get("message");
  const seq = match?.[2] ?? (asked && /^\d{1,15}$/.test(asked) ? asked : null);
  return { chat: match ? match[1].replace("/", ":") : null, seq: seq ? Number(seq) : null };
}

/** The address of a chat's page, or of one message. @param {string | null} chat @param {number | null} [seq] */
export function url(chat, seq) {
  if (!chat) return "/chat";
  return `/chat/${chat.replace(":", "/")}${seq ? `/${seq}` : ""}`;
}
