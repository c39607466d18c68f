// @ts-check
/**
 * What this browser keeps in IndexedDB: messages on their way, which survive a reload, a crash, days offline; files that
 * are attached to what is being written, for a day; and what was last seen (kept/snapshot.js). The contents of all files
 * are in a box of their own, so that they stay where they are when a message takes them from a tray.
 *
 * @typedef {import("../outbox.js").Entry} Entry
 * @typedef {import("../uploads.js").Attached} Attached
 * @typedef {{owner: string, box: string, user: number, at: number, files: Attached[]}} Tray of a tab, its owner
 * @typedef {{id: string, user: number, at: number, content: Blob}} Content of a file
 */
import { alone, locked } from "chat/browser.js";
import { newId } from "chat/outbox.js";
import { me, myId } from "chat/store.js";

/** This tab, by a name of its own. */
export const tab = newId();
/** The same of the page that was in this tab before it was loaded anew; null: none was. */
const former = formerTab();

const DATABASE = "chat";
const BOXES = {
  outbox: { keyPath: "client_id" },
  kept: {},
  contents: { keyPath: "id" },
  trays: { keyPath: ["owner", "box"] },
};

/** So long files that are attached and not sent are kept, in ms: no longer than the server keeps them. */
const DAY = 86_400_000;

/** A database that does not answer within this time, in ms, is none: a browser may block it without a word. */
const DEADLINE = 5000;

/** @type {Promise<IDBDatabase> | null} */
let opening = null;

// Held as long as this tab lives; other tabs take over what a dead one left.
alone(`tab-${tab}`, () => new Promise(() => {}));

function formerTab() {
  try {
    const before = sessionStorage.getItem("tab");
    sessionStorage.setItem("tab", tab);
    const [{ type }] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
    return type === "reload" ? before : null; // a tab that was duplicated has the other one's name
  } catch {
    return null;
  }
}

function openDatabase() {
  opening ??= new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("The database does not answer.")), DEADLINE);
    const request = indexedDB.open(DATABASE, 4);
    request.onupgradeneeded = () => {
      for (const [name, options] of Object.entries(BOXES))
        if (!request.result.objectStoreNames.contains(name)) request.result.createObjectStore(name, options);
      if (request.result.objectStoreNames.contains("files")) request.result.deleteObjectStore("files");
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

/** Those of them that are kept. @type {Set<string>} */
const kept = new Set();

/** @param {Attached} file @returns {Attached} without what is of this page alone */
const lasting = ({ url: _, poster: __, ...file }) => file;

/** @param {string} id @param {Blob} content @returns {Content} */
const contentOf = (id, content) => ({ id, user: myId, at: Date.now(), content });

/** Keep a message, with its files. Gives whether it survives a reload. @param {Entry} entry @returns {Promise<boolean>} */
export async function saveEntry(entry) {
  const { client_id, files } = entry;
  const fresh = [...blobs].filter(([id]) => !kept.has(id) && files?.some((file) => file.id === id));
  try {
    await write(({ outbox, contents }) => {
      outbox.put(files ? { ...entry, files: files.map(lasting) } : entry);
      for (const [id, blob] of fresh) contents.put(contentOf(id, blob));
    });
    for (const [id] of fresh) kept.add(id);
    unkept.delete(client_id);
    return true;
  } catch (error) {
    console.warn("A message on its way is not kept:", error);
    unkept.add(client_id);
    return false;
  }
}

/** @param {string} id */
export function removeEntry(id) {
  unkept.delete(id);
  write(({ outbox }) => outbox.delete(id)).catch(() => {});
}

/** Contents on their way into the database. @type {Set<string>} */
const keeping = new Set();

/** Keep what is attached in a box now. What this browser has no room for lives as long as this tab. @param {string} box @param {Attached[]} files */
export function saveTray(box, files) {
  for (const { id } of files) keepContent(id);
  const tray = { owner: tab, box, user: myId, at: Date.now(), files: files.map(lasting) };
  write(({ trays }) => (files.length ? trays.put(tray) : trays.delete([tab, box]))).catch(() => {});
}

/** Each on its own, so that one that is too large doesn't take the others with it. @param {string} id of a file */
async function keepContent(id) {
  const blob = blobs.get(id);
  if (!blob || kept.has(id) || keeping.has(id)) return;
  keeping.add(id);
  try {
    await write(({ contents }) => contents.put(contentOf(id, blob)));
    kept.add(id);
  } catch (error) {
    console.warn("A file that is attached is not kept:", error);
  } finally {
    keeping.delete(id);
  }
}

/** Nobody needs the content of a file any more. @param {string} id */
export function removeContent(id) {
  blobs.delete(id);
  kept.delete(id);
  write(({ contents }) => contents.delete(id)).catch(() => {});
}

/** The content of a file that was kept. @param {string} id @returns {Promise<Blob | undefined>} */
export async function keptContent(id) {
  const found = await run("readonly", (box) => box.get(id), "contents").catch(() => undefined);
  return found?.content;
}

/** @typedef {{outbox: IDBObjectStore, contents: IDBObjectStore, trays: IDBObjectStore}} Boxes */

/**
 * Write messages and files, one such work after the other.
 * @template T @param {(boxes: Boxes) => T | Promise<T>} work @returns {Promise<T>}
 */
async function write(work) {
  const database = await openDatabase();
  if (!me.peek()) throw new Error("Signed out: nothing is kept any more.");
  const transaction = database.transaction(["outbox", "contents", "trays"], "readwrite", { durability: "strict" });
  const [outbox, contents, trays] = ["outbox", "contents", "trays"].map((name) => transaction.objectStore(name));
  const [result] = await Promise.all([work({ outbox, contents, trays }), finished(transaction)]);
  return result;
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const answer = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

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

/**
 * Make what a person attached in tabs that are gone this tab's own. What is too old, or somebody else's, goes. Over http
 * nobody can tell whether another tab still lives: it keeps what it has, as a file must not go with two messages.
 * @param {number} user @returns {Promise<Tray[]>}
 */
export async function takeTrays(user) {
  try {
    return await alone("outbox", async () => {
      const alive = await locked();
      return write((boxes) => sortOut(boxes, user, alive));
    });
  } catch (error) {
    console.warn("What was attached can't be read:", error);
    return [];
  }
}

/** @param {Boxes} boxes @param {number} user @param {Set<string | undefined> | null} alive */
async function sortOut({ outbox, contents, trays }, user, alive) {
  const isOld = (/** @type {number} */ at) => at < Date.now() - DAY;
  const [entries, all, found] = await Promise.all([
    answer(/** @type {IDBRequest<Entry[]>} */ (outbox.getAll())),
    answer(/** @type {IDBRequest<Tray[]>} */ (trays.getAll())),
    answer(/** @type {IDBRequest<Content[]>} */ (contents.getAll())),
  ]);
  const there = new Map(found.map(({ id, content }) => [id, content]));
  const sent = new Set(entries.flatMap(({ files = [] }) => files.map(({ id }) => id)));
  const left = all.filter(({ owner, at }) => (alive ? !alive.has(`tab-${owner}`) : owner === former || isOld(at)));
  /** @type {Map<string, Tray>} */
  const taken = new Map();
  for (const tray of left.sort((a, b) => a.at - b.at)) {
    trays.delete([tray.owner, tray.box]);
    if (tray.user !== user || isOld(tray.at)) continue;
    const files = tray.files.filter(({ id, attachment }) => !sent.has(id) && (attachment || there.has(id)));
    const others = taken.get(tray.box)?.files ?? [];
    if (files.length) taken.set(tray.box, { ...tray, owner: tab, files: [...others, ...files] });
  }
  for (const tray of taken.values()) trays.put(tray);
  const needed = [...all.filter((tray) => !left.includes(tray)), ...taken.values()].flatMap(({ files }) => files);
  const isNeeded = new Set([...sent, ...needed.map(({ id }) => id)]);
  const isLeft = new Set(left.flatMap(({ files }) => files.map(({ id }) => id)));
  // One that nobody needs may just be on its way from a tray into a message.
  for (const { id, at } of found) if (!isNeeded.has(id) && (isLeft.has(id) || isOld(at))) contents.delete(id);
  for (const { id } of [...taken.values()].flatMap(({ files }) => files)) {
    const content = there.get(id);
    if (!content) continue;
    blobs.set(id, content);
    kept.add(id);
  }
  return [...taken.values()];
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
    for (const name of ["outbox", "contents", "trays"]) {
      const walk = work.objectStore(name).openCursor();
      walk.onsuccess = () => {
        if (walk.result?.value.user === myId) walk.result.delete();
        walk.result?.continue();
      };
    }
    work.oncomplete = work.onabort = () => resolve(undefined);
  });
}
