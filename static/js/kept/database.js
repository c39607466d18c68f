// @ts-check
/**
 * What this browser keeps in IndexedDB: messages on their way, which survive a reload, a crash, days offline, and what
 * was last seen (kept/snapshot.js). Files of messages on their way are in a box of their own, one record for each message.
 *
 * @typedef {import("../outbox.js").Entry} Entry
 */
import { alone, locked } from "chat/browser.js";
import { newId } from "chat/outbox.js";
import { me, myId } from "chat/store.js";

/** This tab, by a name of its own. */
export const tab = newId();

const DATABASE = "chat";
const BOXES = { outbox: { keyPath: "client_id" }, kept: {}, files: { keyPath: "client_id" } };

/** A database that does not answer within this time, in ms, is none: a browser may block it without a word. */
const DEADLINE = 5000;

/** @type {Promise<IDBDatabase> | null} */
let opening = null;

// Held as long as this tab lives; other tabs take over what a dead one left.
alone(`tab-${tab}`, () => new Promise(() => {}));

function openDatabase() {
  opening ??= new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("The database does not answer.")), DEADLINE);
    const request = indexedDB.open(DATABASE, 3);
    request.onupgradeneeded = () => {
      for (const [name, options] of Object.entries(BOXES))
        if (!request.result.objectStoreNames.contains(name)) request.result.createObjectStore(name, options);
    };
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      request.result.onversionchange = () => {
        request.result.close();
        opening = null;
      };
      resolve(request.result);
    };
  });
  return opening;
}

/**
 * One request, and wait until what it wrote is kept.
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} work
 * @param {keyof typeof BOXES} [name]
 * @returns {Promise<T>}
 */
export async function run(mode, work, name = "outbox") {
  const database = await openDatabase();
  if (mode === "readwrite" && !me.peek()) throw new Error("Signed out: nothing is kept any more.");
  const transaction = database.transaction(name, mode, { durability: name === "outbox" ? "strict" : "relaxed" });
  const request = work(transaction.objectStore(name));
  await finished(transaction);
  return request.result;
}

/** @param {IDBTransaction} transaction */
function finished(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  });
}

/** Unsent messages that this browser could not keep, by client_id: they live as long as this tab. @type {Set<string>} */
export const unkept = new Set();

/** The contents of files that are attached in this tab, by their ids. @type {Map<string, Blob>} */
export const blobs = new Map();

/** Keep a message, with its files. Gives whether it survives a reload. @param {Entry} entry @returns {Promise<boolean>} */
export async function saveEntry(entry) {
  const { client_id, user, files } = entry;
  try {
    await write((outbox, kept) => {
      outbox.put(files ? { ...entry, files: files.map(({ url: _, poster: __, ...file }) => file) } : entry);
      const here = (files ?? []).flatMap(({ id }) => (blobs.has(id) ? [[id, blobs.get(id)]] : []));
      if (here.length) kept.add({ client_id, user, blobs: Object.fromEntries(here) }).onerror = isThere;
    });
    unkept.delete(client_id);
    return true;
  } catch (error) {
    console.warn("A message on its way is not kept:", error);
    unkept.add(client_id);
    return false;
  }
}

/** The files of a message were kept when it was first saved: that is no failure. @param {Event} event */
function isThere(event) {
  if (/** @type {IDBRequest} */ (event.target).error?.name !== "ConstraintError") return;
  event.preventDefault();
  event.stopPropagation();
}

/** @param {string} id */
export function removeEntry(id) {
  unkept.delete(id);
  write((outbox, kept) => {
    outbox.delete(id);
    kept.delete(id);
  }).catch(() => {});
}

/** A file of a message that was kept. @param {string} message its client_id @param {string} id @returns {Promise<Blob | undefined>} */
export async function keptBlob(message, id) {
  const found = await run("readonly", (box) => box.get(message), "files").catch(() => undefined);
  return found?.blobs[id];
}

/** Write messages on their way and their files, together. @param {(outbox: IDBObjectStore, files: IDBObjectStore) => void} work */
async function write(work) {
  const database = await openDatabase();
  if (!me.peek()) throw new Error("Signed out: nothing is kept any more.");
  const transaction = database.transaction(["outbox", "files"], "readwrite", { durability: "strict" });
  work(transaction.objectStore("outbox"), transaction.objectStore("files"));
  await finished(transaction);
}

/** What a person wrote in any tab of this browser and what is not sent yet. @param {number} user @returns {Promise<Entry[]>} */
export async function entriesOf(user) {
  const all = await run("readonly", (box) => /** @type {IDBRequest<Entry[]>} */ (box.getAll()));
  return all.filter((entry) => entry.user === user);
}

/** Make the entries of a person, left by tabs that are gone, this tab's own. @param {number} user @returns {Promise<Entry[]>} */
export async function takeOver(user) {
  try {
    return await alone("outbox", async () => {
      const alive = await locked();
      // Over http nobody can tell whether the other tab still lives. Sending what it sends too does no harm.
      if (!alive) return await entriesOf(user);
      const left = (await entriesOf(user)).filter((entry) => !alive.has(`tab-${entry.owner}`));
      const mine = left.map((entry) => ({ ...entry, owner: tab }));
      for (const entry of mine) await run("readwrite", (box) => box.put(entry));
      return mine;
    });
  } catch (error) {
    console.warn("What was kept can't be read:", error);
    return [];
  }
}

/** Forget what was last seen, and leave what waits for this person: drafts, unsent messages, preferences. */
export async function forgetSeen() {
  const database = await openDatabase();
  return new Promise((resolve) => {
    const work = database.transaction("kept", "readwrite");
    work.objectStore("kept").clear();
    work.oncomplete = work.onabort = () => resolve(undefined);
  });
}

/** Forget everything of this person, and leave what waits for somebody else who was signed in here. */
export async function forget() {
  const database = await openDatabase();
  return new Promise((resolve) => {
    const work = database.transaction(Object.keys(BOXES), "readwrite");
    work.objectStore("kept").clear();
    for (const name of ["outbox", "files"]) {
      const walk = work.objectStore(name).openCursor();
      walk.onsuccess = () => {
        if (walk.result?.value.user === myId) walk.result.delete();
        walk.result?.continue();
      };
    }
    work.oncomplete = work.onabort = () => resolve(undefined);
  });
}
