// @ts-check
/** What another app of this device has shared: which chat it goes to. The service worker keeps it until then. */

import { privateChat } from "chat/chats.js";
import * as drafts from "chat/drafts.js";
import { attach } from "chat/drops.js";
import { t } from "chat/i18n.js";
import * as messages from "chat/messages.js";
import * as screen from "chat/screen.js";
import { html } from "chat/ui.js";
import { Finder } from "chat/views/switcher.js";
import { useEffect } from "preact/hooks";

/** @typedef {import("./switcher.js").Hit} Hit */

/** Where sw.js keeps it. */
const CACHE = "shared-1";

/** Ask where to, and put it into the box there. */
export async function ask() {
  const id = new URLSearchParams(location.search).get("share");
  const form = await formOf(id).catch(() => null);
  const text = form && textOf(form);
  const files = /** @type {File[]} */ (
    form?.getAll("files").filter((file) => file instanceof File && (file.name || file.size)) ?? []
  );
  if (text || files.length) return screen.openDialog(Promise.resolve({ Share }), "Share", { text, files, end });
  end();
  screen.openFirst();
  screen.toast(t("What you shared didn't arrive. Share it again."), { tone: "error" });

  /** It is in a chat, or given up: a reload doesn't ask again. */
  function end() {
    if (id) globalThis.caches?.open(CACHE).then((cache) => cache.delete(pathOf(id)));
    if (screen.isSharing()) history.replaceState(history.state, "", location.pathname);
  }
}

/** @param {string} id */
const pathOf = (id) => `/share/${encodeURIComponent(id)}`;

/** @param {string | null} id */
async function formOf(id) {
  const found = id ? await caches.match(pathOf(id), { cacheName: CACHE }) : undefined;
  return found ? found.formData() : null;
}

/** What was written, once: apps put an address into the text, a title before it, or each on its own. @param {FormData} form */
function textOf(form) {
  const [title, text, url] = ["title", "text", "url"].map((name) => `${form.get(name) ?? ""}`.trim());
  const others = [text, url].filter((part, at) => part && !(at && text.includes(part))).join("\n");
  return title && !others.includes(title) ? [title, others].filter(Boolean).join("\n") : others;
}

/** @param {{text: string, files: File[], end: () => void}} props */
export function Share({ text, files, end }) {
  useEffect(
    () => () => {
      end();
      screen.openFirst();
    },
    [],
  );
  const take = (/** @type {Hit} */ to) =>
    screen.attempt(async () => {
      const key = to.chat?.key ?? (await privateChat(to.person?.id ?? 0));
      screen.closeDialog();
      end();
      screen.go(key);
      const draft = messages.draftOf(key);
      const written = [draft.text, text].filter((part) => part.trim()).join("\n");
      messages.keepDraft(key, { ...drafts.answering(draft, draft.reply), text: written });
      if (files.length) attach(key, files);
    });
  return html`<${Finder} title=${t("Share to a chat or person")} isFit=${(/** @type {Hit} */ hit) => !hit.chat?.archived} take=${take} />`;
}
Share.kind = "switcher";
