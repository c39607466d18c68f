// @ts-check
/** Forward a message to another chat. Loaded when it is asked for. */

import * as api from "chat/api.js";
import { lineOf } from "chat/attachments.js";
import { privateChat } from "chat/chats.js";
import { forwarded } from "chat/forward.js";
import { dateAndTime, t } from "chat/i18n.js";
import * as messages from "chat/messages.js";
import { newId } from "chat/outbox.js";
import { nameOf } from "chat/people.js";
import * as screen from "chat/screen.js";
import { html } from "chat/ui.js";
import { Field, Head } from "chat/views/dialogs.js";
import { Finder } from "chat/views/switcher.js";
import { useState } from "preact/hooks";

/** @typedef {import("../types.js").Message} Message */
/** @typedef {import("./switcher.js").Hit} Hit */

/** Asks where to; then for a comment. @param {{message: Message}} props */
export function Forward({ message }) {
  return html`<${Finder} title=${t("Forward to a chat or person")} isFit=${(/** @type {Hit} */ hit) => !hit.chat?.archived}
    take=${(/** @type {Hit} */ to) => screen.openDialog(Promise.resolve({ Comment }), "Comment", { message, to })} />`;
}
Forward.kind = "switcher";

/** A file of a message as one's own, to be sent with another. @param {import("../../../types/wire.d.ts").Attachment} file */
async function copied({ id }) {
  const attachment = await api.call("POST", `/uploads/${id}/copy`);
  const { name, size, mime, kind, alt, width, height } = attachment;
  return { id: newId(), name, size, mime, kind, alt, original: false, width, height, attachment };
}

/** @param {{message: Message, to: Hit}} props */
function Comment({ message, to }) {
  const [comment, setComment] = useState("");
  const [busy, setBusy] = useState(false);
  const name = nameOf(message.user_id, message.username);
  const forward = async () => {
    setBusy(true);
    await screen.attempt(async () => {
      const key = to.chat?.key ?? (await privateChat(to.person?.id ?? 0));
      const address = new URL(api.url(message.chat, message.seq), location.origin).href;
      const time = dateAndTime(message.timestamp);
      const text = forwarded({ content: message.content, name, time, address, comment });
      messages.send(key, text, null, { files: await Promise.all((message.attachments ?? []).map(copied)) });
      screen.closeDialog();
      screen.toast(t("Forwarded to {chat}", { chat: to.name }), {
        action: { label: t("Open chat"), run: () => screen.go(key) },
      });
    });
    setBusy(false);
  };
  return html`<form class="dialog-inner" onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    forward();
  }}>
    <${Head} title=${t("Forward to {chat}", { chat: to.name })} />
    <div class="dialog-body">
      <p class="dialog-quote" dir="auto"><b><bdi>${name}</bdi></b> ${lineOf(message)}</p>
      <${Field} label=${t("Comment")} name="comment" value=${comment} maxlength="1000" autocomplete="off" autofocus
        placeholder=${t("Optional")} onInput=${(/** @type {any} */ event) => setComment(event.target.value)} />
    </div>
    <footer class="dialog-foot">
      <button type="button" class="button button-quiet" onClick=${screen.closeDialog}>${t("Cancel")}</button>
      <button class="button button-primary" disabled=${busy}>${t("Forward")}</button>
    </footer>
  </form>`;
}
