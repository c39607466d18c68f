/** Lets Node find modules by the names that the page's import map gives them. `load("chat/state.js")` */
import { webcrypto } from "node:crypto";
import { register } from "node:module";

globalThis.crypto ??= webcrypto; // Node 18 has none of its own

const root = new URL("../../static/", import.meta.url);

register(
  `data:text/javascript,${encodeURIComponent(`
    export function resolve(name, context, next) {
      if (name.startsWith("chat/"))
        return { url: ${JSON.stringify(new URL("js/", root).href)} + name.slice(5), format: "module", shortCircuit: true };
      return next(name, context);
    }`)}`,
);

export const load = (name) => import(name);
