// @ts-check
/** The connection, what goes out by it, and its end: log-out, here or in another tab, and somebody else's log-in. */

import * as api from "chat/api.js";
import { channelOf, load } from "chat/browser.js";
import { Connection } from "chat/connection.js";
import { t, tn } from "chat/i18n.js";
import * as database from "chat/kept/database.js";
import * as local from "chat/kept/local.js";
import { Outbox } from "chat/outbox.js";
import { askAgain } from "chat/people.js";
import { openDialog, toast } from "chat/screen.js";
import * as states from "chat/state.js";
import * as store from "chat/store.js";
import * as trays from "chat/trays.js";

/** A broken connection shows after this long, in ms: a blink is not worth a word. */
const GRACE = 1500;

/** @type {(frame: import("./types.js").Frame) => void} */
let receive = () => {};

/** Connect; each frame is given to `receiver`. @param {typeof receive} receiver */
export function start(receiver) {
  receive = receiver;
  connection.start();
}

export const connection = new Connection({
  url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`,
  token: api.token,
  isOver: (error) => error instanceof api.Refused && error.status === 401,
  onStatus: changedStatus,
  onFrame: (frame) => receive(frame),
});

export const outbox = new Outbox({
  send: (frame) => connection.send(frame),
  save: async (entry) => {
    const wasKept = !database.unkept.has(entry.client_id);
    if (!(await database.saveEntry(entry)) && wasKept && entry.files?.length)
      toast(t("This browser can't keep these files: stay on this page until they are sent."), { tone: "error" });
  },
  remove: database.removeEntry,
  onChange: (entries) => {
    store.outbox.value = entries;
  },
});

/** @type {any} */
let graceTimer = null;

/** @param {import("./connection.js").Status} status */
function changedStatus(status) {
  const wasOpen = store.status.value === "open";
  store.status.value = status;
  if (status === "open") {
    clearTimeout(graceTimer);
    graceTimer = null;
    store.isAway.value = false;
  } else {
    if (wasOpen) outbox.closed();
    graceTimer ??= setTimeout(() => {
      store.isAway.value = store.status.value !== "open" && store.status.value !== "stopped";
    }, GRACE);
  }
}

let adopted = 0; // whose

/** The server says who is signed in, and which log messages go to. @param {Extract<import("./types.js").Frame, {type: "connection_established"}>} frame */
export function greeted(frame) {
  store.isReady.value = true;
  askAgain();
  outbox.begin(frame.epoch ?? null);
  renewLater();
  adopt(frame.user.id);
  outbox.opened();
  tellTabs({ type: "here", user: store.myId });
}

/** What this person wrote before the page was loaded, sent or not. @param {number} user */
export function adopt(user) {
  if (adopted === user) return;
  adopted = user;
  store.drafts.value = local.keptDrafts(user);
  database.takeOver(user).then((entries) => outbox.adopt(entries));
  database.takeTrays(user).then(trays.adopt);
}

/** @type {any} */
let renewal = null;

/** Give the socket a fresh token before its own runs out. */
function renewLater() {
  clearTimeout(renewal);
  renewal = setTimeout(
    async () => {
      const token = await api.token().catch(() => null);
      if (token) connection.send({ type: "auth", token });
      if (store.status.value === "open") renewLater();
    },
    Math.max(api.timeLeft(), 5_000),
  );
}

/** @type {Set<() => Promise<any>>} */
const goodbyes = new Set();

/** Have something done before the page's person is gone. @param {() => Promise<any>} goodbye */
export function onLeave(goodbye) {
  goodbyes.add(goodbye);
}

/** @type {Set<() => Promise<any>>} */
const farewells = new Set();

/** Have something sent before the session ends. @param {() => Promise<any>} farewell */
export function beforeLogout(farewell) {
  farewells.add(farewell);
}

/** @typedef {{type: "signed-out" | "here", user: number}} Note between tabs; "here": the server says that this person is signed in */
const tabs = channelOf("session");
if (tabs)
  tabs.onmessage = ({ data }) => {
    const { type, user } = /** @type {Note} */ (data);
    if (type === "here" && user !== store.myId) giveWay();
    if (type === "signed-out" && user === store.myId) leave("/login");
  };

/** @param {Note} note */
const tellTabs = (note) => tabs?.postMessage(note);

/** End the session, here and in all tabs; first ask, if something is not sent yet. */
export async function logout() {
  const kept = await database.entriesOf(store.myId).catch(() => []);
  const here = outbox.entries.filter((entry) => entry.state !== "sent");
  const { size } = new Set([...kept, ...here].map((entry) => entry.client_id));
  if (!size) return signOut();
  return openDialog(load("chat/views/dialogs.js"), "Confirm", {
    title: t("Log out?"),
    text: tn(
      size,
      "{count} message hasn't been sent yet and will be lost.",
      "{count} messages haven't been sent yet and will be lost.",
    ),
    verb: t("Log out"),
    run: signOut,
  });
}

async function signOut() {
  connection.stop(); // else it hears first that the session is over, and takes that for an end that nobody wanted
  const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  await Promise.race([Promise.allSettled([...farewells].map((farewell) => farewell())), patience]);
  try {
    await api.logout();
  } catch (error) {
    if (leaving) return;
    if (!(error instanceof api.Refused) || error.status === 0) {
      connection.start();
      toast(t("You're still logged in: can't reach the server."), { tone: "error" });
      return;
    }
  }
  tellTabs({ type: "signed-out", user: store.myId });
  await leave("/login");
}

/** What is not kept by the browser would be lost with the page. */
addEventListener("beforeunload", (event) => {
  if (!leaving && outbox.entries.some((entry) => database.unkept.has(entry.client_id) && entry.state !== "sent"))
    event.preventDefault();
});

/** Longer than this, in ms, nobody waits for a browser to forget something. */
const PATIENCE = 3000;

let leaving = false;

/**
 * Empty this tab of everything private, and what was last seen; then go. After a log-out everything that the browser
 * keeps of this person goes too; after a session that ended by itself, drafts and unsent messages wait for their return.
 * @param {() => void} go
 * @param {{keep: boolean}} options
 */
async function empty(go, { keep }) {
  if (leaving) return;
  leaving = true;
  connection.stop();
  outbox.closed();
  api.forget();
  document.getElementById("app")?.replaceChildren();
  if (!keep) local.forget();
  const forgotten = keep ? database.forgetSeen() : database.forget();
  store.state.value = states.empty();
  const caches = keep ? undefined : globalThis.caches;
  const emptied = caches?.keys().then((names) => Promise.all(names.map((name) => caches.delete(name))));
  const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  await Promise.race([
    Promise.allSettled([forgotten, emptied, ...[...goodbyes].map((goodbye) => goodbye())]),
    patience,
  ]);
  go();
}

/** @param {string} to @param {{keep?: boolean}} [options] */
export function leave(to, { keep = false } = {}) {
  return empty(() => location.replace(to), { keep });
}

/** So soon after the last time, in ms, drawing the page anew won't help. */
const AGAIN = 10_000;

/** Somebody else is signed in in this browser: draw their page. What waits to be sent waits for this page's person. */
export function giveWay() {
  const { gaveWay = 0 } = history.state ?? {};
  if (Date.now() - gaveWay < AGAIN)
    return leave(`/login?next=${encodeURIComponent(location.pathname)}`, { keep: true });
  history.replaceState({ ...history.state, gaveWay: Date.now() }, "");
  return empty(() => location.reload(), { keep: true });
}
