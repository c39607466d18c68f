// @ts-check
/**
 * The tabs of one browser talk to each other: a log-out empties all, and of several only one notifies.
 *
 * @typedef {{type: "signed-out"} | {type: "asks", id: string, chat: string} | {type: "seen", id: string}} Note
 */

const channel = new BroadcastChannel("chat");

/** How long the other tabs have to say that they show a chat, in ms. */
const PATIENCE = 120;

/** @type {(chat: string) => boolean} */
let isInView = () => false;
/** @type {() => void} */
let signedOut = () => {};
/** @type {Map<string, () => void>} */
const asked = new Map();

channel.onmessage = ({ data }) => {
  const note = /** @type {Note} */ (data);
  if (note.type === "signed-out") signedOut();
  if (note.type === "asks" && isInView(note.chat)) channel.postMessage({ type: "seen", id: note.id });
  if (note.type === "seen") asked.get(note.id)?.();
};

/** @param {{inView: (chat: string) => boolean, signedOut: () => void}} answers */
export function listen(answers) {
  isInView = answers.inView;
  signedOut = answers.signedOut;
}

/** Tell the other tabs that this browser is signed out. */
export function tellSignedOut() {
  channel.postMessage({ type: "signed-out" });
}

/** Whether some tab shows this chat to somebody right now. @param {string} chat @returns {Promise<boolean>} */
export function shown(chat) {
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

/** Whether this tab is the one that notifies. */
export const isLeader = () => leads || !navigator.locks;
