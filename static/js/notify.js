// @ts-check
/**
 * Notifications. Loaded where they are turned on, or where one looks at their setting. Of several tabs one notifies,
 * and none if somebody looks at the chat in any of them.
 *
 * @typedef {{type: "asks", id: string, chat: string} | {type: "seen", id: string}} Note
 */
import * as actions from "chat/actions.js";
import { t } from "chat/i18n.js";
import { flat } from "chat/markdown.js";
import * as store from "chat/store.js";

/** How long the other tabs have to say that they show a chat, in ms. */
const PATIENCE = 120;

const channel = new BroadcastChannel("notify");
/** @type {Map<string, () => void>} */
const asked = new Map();

channel.onmessage = ({ data }) => {
  const note = /** @type {Note} */ (data);
  if (note.type === "asks" && isInView(note.chat)) channel.postMessage({ type: "seen", id: note.id });
  if (note.type === "seen") asked.get(note.id)?.();
};

/** @param {string} chat */
const isInView = (chat) => store.isFocused.value && store.place.value.chat === chat;

/** Whether some tab shows this chat to somebody right now. @param {string} chat @returns {Promise<boolean>} */
function isShown(chat) {
  if (isInView(chat)) return Promise.resolve(true);
  const id = crypto.randomUUID();
  return new Promise((resolve) => {
    const end = (/** @type {boolean} */ answer) => {
      asked.delete(id);
      resolve(answer);
    };
    asked.set(id, () => end(true));
    setTimeout(() => end(false), PATIENCE);
    channel.postMessage({ type: "asks", id, chat });
  });
}

let leads = false;
navigator.locks?.request("notifier", () => {
  leads = true;
  return new Promise(() => {}); // held until the tab closes; then another tab leads
});

/** What the browser says: "default" means that it was not asked yet. */
export const permission = () => (globalThis.Notification ? Notification.permission : "denied");

/** Ask the browser; only ever from a press on a button. */
export async function ask() {
  const answer = await Notification.requestPermission();
  store.prefer({ notify: answer === "granted" });
  return answer;
}

/** A message came. @param {import("./types.js").Message} message */
async function notify(message) {
  const chat = store.chats.value.get(message.chat);
  const me = store.me.value?.id ?? 0;
  if (!chat || message.user_id === me || !store.preferences.value.notify || permission() !== "granted") return;
  if (chat.muted && !message.mentions?.includes(me)) return;
  if ((navigator.locks && !leads) || (await isShown(message.chat))) return;
  const sender = store.nameOf(message.user_id, message.username);
  const title = chat.kind === "private" ? sender : t("{sender} in {chat}", { sender, chat: chat.title });
  const shown = new Notification(title, { body: flat(message.content).slice(0, 200), tag: message.chat });
  if (store.preferences.value.sound) chime();
  shown.onclick = () => {
    window.focus();
    actions.go(message.chat, message.seq);
    shown.close();
  };
}

/** Two soft notes, made on the spot. */
export function chime() {
  const context = new AudioContext();
  const volume = context.createGain();
  volume.connect(context.destination);
  volume.gain.setValueAtTime(0.08, context.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, context.currentTime + 0.4);
  for (const [pitch, from] of [
    [660, 0],
    [880, 0.12],
  ]) {
    const note = context.createOscillator();
    note.frequency.value = pitch;
    note.connect(volume);
    note.start(context.currentTime + from);
    note.stop(context.currentTime + 0.4);
    note.onended = () => void context.close().catch(() => {});
  }
}

actions.onFrame((frame) => {
  if (frame.type === "message") notify(/** @type {any} */ (frame));
});
