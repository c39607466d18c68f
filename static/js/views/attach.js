// @ts-check
/** Files of a message that is being written, above its box; and those of one that is being sent. */

import * as attaching from "chat/attaching.js";
import { fileSize, iconOf } from "chat/attachments.js";
import { load } from "chat/browser.js";
import { t } from "chat/i18n.js";
import * as screen from "chat/screen.js";
import * as session from "chat/session.js";
import * as store from "chat/store.js";
import { asAttachment } from "chat/timeline.js";
import { html, Icon, IconButton, passFocus } from "chat/ui.js";
import { Sound } from "chat/views/attachments.js";
import { Field, Head } from "chat/views/dialogs.js";
import { useState } from "preact/hooks";

/** @typedef {import("../uploads.js").Attached} Attached */

/** What is attached. @param {{box: string, files: Attached[]}} props */
export function Tray({ box, files }) {
  return html`<ul class="tray" aria-label=${t("Attached files")}>
    ${files.map((file) => html`<${Piece} key=${file.id} box=${box} file=${file} />`)}
  </ul>`;
}

/** What is attached, and stays so. @param {{files: Attached[]}} props */
export function Files({ files }) {
  return html`<ul class="tray tray-fixed" aria-label=${t("Attached files")}>
    ${files.map(
      (file) => html`<li key=${file.id} class="piece" data-wrong=${Boolean(file.wrong)}>
        <${Words} file=${file} />${file.wrong ? null : html`<${Bar} files=${[file]} name=${file.name} />`}
      </li>`,
    )}
  </ul>`;
}

/** @param {{box: string, file: Attached}} props */
function Piece({ box, file }) {
  const { name, kind, url, wrong } = file;
  return html`<li class="piece" data-wrong=${Boolean(wrong)}>
    ${kind === "audio" && url ? html`<${Sound} file=${asAttachment(file)} tabindex=${0} />` : html`<${Words} file=${file} />`}
    ${
      wrong
        ? html`<${IconButton} icon="rotate-cw" label=${t("Upload {name} again", { name })} onClick=${() => attaching.retry(file)} />`
        : kind === "image"
          ? html`<${IconButton} icon="captions" label=${t("Describe {name}", { name })} aria-haspopup="dialog"
              onClick=${() => screen.openDialog(load("chat/views/attach.js"), "Describe", { file })} />`
          : null
    }
    <${IconButton} icon="x" label=${t("Remove {name}", { name })} onClick=${passFocus(() => attaching.remove(box, file))} />
    ${wrong ? html`<span class="piece-wrong" role="alert">${wrong}</span>` : html`<${Bar} files=${[file]} name=${name} />`}
  </li>`;
}

/** @param {{file: Attached}} props */
function Words({ file }) {
  const { name, size, kind, url, poster, alt, original } = file;
  const picture = kind === "image" ? url : poster;
  return html`${picture ? html`<img src=${picture} alt=${alt} />` : html`<span class="piece-icon"><${Icon} name=${iconOf(file)} /></span>`}
    <span class="piece-words"><bdi title=${name}>${name}</bdi>
      <small>${fileSize(size)}${alt ? ` · ${t("described")}` : null}${original ? ` · ${t("original")}` : null}</small></span>`;
}

/** How much of these is uploaded; nothing once all is. @param {{files: Attached[], name: string}} props */
function Bar({ files, name }) {
  if (files.every((file) => file.attachment)) return null;
  const parts = files.map(({ id, size, attachment }) => [
    attachment ? 1 : (store.progress.value.get(id) ?? 0),
    size + 1,
  ]);
  const done = parts.reduce((sum, [part, size]) => sum + part * size, 0);
  const part = done / parts.reduce((sum, [, size]) => sum + size, 0);
  return html`<span class="bar" role="progressbar" aria-label=${t("Upload of {name}", { name })} aria-valuenow=${Math.round(100 * part)}
    aria-valuemin="0" aria-valuemax="100"><i style=${{ "--done": part }}></i></span>`;
}

/** A message waits for its files. @param {{entry: import("../outbox.js").Entry}} props */
export function Uploading({ entry: { client_id, files = [] } }) {
  if (files.every((file) => file.attachment)) return null;
  const name = files.map((file) => file.name).join(", ");
  return html`<span class="uploading"><${Bar} files=${files} name=${name} />
    <button type="button" class="undo" onClick=${() => session.outbox.discard(client_id)}>${t("Discard")}</button></span>`;
}

/** Say what a picture shows, and how it is sent. @param {{file: Attached}} props */
export function Describe({ file }) {
  const [alt, setAlt] = useState(file.alt);
  const [original, setOriginal] = useState(file.original);
  return html`<form method="dialog" class="dialog-inner" onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    if (alt.trim() !== file.alt || original !== file.original) attaching.describe(file, { alt: alt.trim(), original });
    screen.closeDialog();
  }}>
    <${Head} title=${t("Describe this picture")} />
    <div class="dialog-body">
      ${file.url ? html`<img class="described" src=${file.url} alt="" />` : null}
      <${Field} area label=${t("Description")} name="alt" maxlength="1000" rows="3" dir="auto" value=${alt}
        hint=${t("Read out to people who can't see the picture.")}
        onInput=${(/** @type {any} */ event) => setAlt(event.target.value)} />
      <label class="choice"><input type="checkbox" checked=${original}
        onChange=${(/** @type {any} */ event) => setOriginal(event.target.checked)} />
        <span>${t("Send original")}<small>${t("Unchanged, with all that the camera noted: perhaps also the place.")}</small></span></label>
    </div>
    <footer class="dialog-foot">
      <button type="button" class="button button-quiet" onClick=${screen.closeDialog}>${t("Cancel")}</button>
      <button class="button button-primary">${t("Save")}</button>
    </footer>
  </form>`;
}

/** Over the part of the page that files would be dropped on: where they go. */
export function DropHint() {
  const target = store.dropping.value;
  if (!target) return null;
  const { left, top, width, height } = target.pane.getBoundingClientRect();
  const title = store.chat.value?.title ?? "";
  const text = target.box.includes("#")
    ? t("Drop files to attach them to your reply")
    : t("Drop files to attach them to your message in {chat}", { chat: title });
  const style = { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` };
  return html`<div class="drop-hint" style=${style}><p><${Icon} name="paperclip" /><span dir="auto">${text}</span></p></div>`;
}
