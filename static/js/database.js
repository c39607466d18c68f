// @ts-check
/** IndexedDB: messages on their way, which survive a reload, a crash, days offline; and what was last seen. Loaded when there is something to keep or to find. */

import * as store from "chat/store.js";

/** @typedef {import("./outbox.js").Entry} Entry */

const NAME = "chat";
const STORES = { outbox: { keyPath: "client_id" }, kept: {} };

/** This tab; its lock tells other tabs that it lives. */
export const tab = crypto.randomUUID();
navigator.locks?.request(`tab-${tab}`, () => new Promise(() => {}));

/** @type {Promise<IDBDatabase> | null} */
let opening = null;

// Held as long as this tab lives; other tabs take over what a dead one left.
navigator.locks?.request(`tab-${store.tab}`, () => new Promise(() => {}));

function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 2);
    request.onupgradeneeded = () => {
      for (const [name, options] of Object.entries(STORES))
        if (!request.result.objectStoreNames.contains(name)) request.result.createObjectStore(name, options);
    };
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
  });
  return opening;
}

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} work
 * @param {keyof typeof STORES} [name]
 * @returns {Promise<T>}
 */
export async function run(mode, work, name = "outbox") {
  const database = await open();
  if (mode === "readwrite" && !store.me.peek()) throw new Error("Signed out: nothing is kept any more.");
  const durability = name === "outbox" ? "strict" : "relaxed";
  const request = work(database.transaction(name, mode, { durability }).objectStore(name));
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Without storage (a private window) the outbox lives as long as its tab. @param {unknown} error */
const ignore = (error) => console.warn("The outbox is not kept:", error);

/** @param {Entry} entry */
export const saveEntry = (entry) => void run("readwrite", (box) => box.put(entry)).catch(ignore);

/** @param {string} id */
export const removeEntry = (id) => void run("readwrite", (box) => box.delete(id)).catch(ignore);

/** Make the entries of a person, left by tabs that are gone, this tab's own. @param {number} user @returns {Promise<Entry[]>} */
export async function takeOver(user) {
  if (!navigator.locks) return [];
  try {
    return await navigator.locks.request("outbox", async () => {
      const all = await run("readonly", (box) => /** @type {IDBRequest<Entry[]>} */ (box.getAll()));
      const { held = [] } = await navigator.locks.query();
      const alive = new Set(held.map((lock) => lock.name));
      const left = all.filter((entry) => entry.user === user && !alive.has(`tab-${entry.owner}`));
      if (!all.length) store.write("outbox", null);
      const mine = left.map((entry) => ({ ...entry, owner: store.tab }));
      for (const entry of mine) await run("readwrite", (box) => box.put(entry));
      return mine;
    });
  } catch (error) {
    ignore(error);
    return [];
  }
}

/** Forget what was last seen, and leave what waits to be sent. */
export async function clearKept() {
  const database = await open();
  return new Promise((resolve) => {
    const work = database.transaction("kept", "readwrite");
    work.objectStore("kept").clear();
    work.oncomplete = work.onerror = () => resolve(undefined);
  });
}
