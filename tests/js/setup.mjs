/** Lets Node find modules by the names that the page's import map gives them. `load("chat/state.js")` */
import { webcrypto } from "node:crypto";
import { readdirSync } from "node:fs";
import { register } from "node:module";

globalThis.crypto ??= webcrypto; // Node 18 has none of its own

const root = new URL("../../static/", import.meta.url);
const marked = readdirSync(new URL("vendor/", root)).find((name) => name.startsWith("marked@"));

register(
  `data:text/javascript,${encodeURIComponent(`
    const names = { marked: ${JSON.stringify(new URL(`vendor/${marked}/marked.mjs`, root).href)} };
    export function resolve(name, context, next) {
      if (names[name]) return { url: names[name], format: "module", shortCircuit: true };
      if (name.startsWith("chat/"))
        return { url: ${JSON.stringify(new URL("js/", root).href)} + name.slice(5), format: "module", shortCircuit: true };
      return next(name, context);
    }`)}`,
);

export const load = (name) => import(name);
