// @ts-check
/** What dialogs are made of, and the plain ones; loaded when the first of them opens. Those about rooms: rooms.js. */

import * as api from "chat/api.js";
import { difference } from "chat/difference.js";
import { fullTime, t } from "chat/i18n.js";
import * as screen from "chat/screen.js";
import { html, IconButton } from "chat/ui.js";
import { useMessage } from "chat/views/message.js";
import { useEffect, useState } from "preact/hooks";

/** Earlier versions that are shown, at most. */
const VERSIONS = 200;

/** @param {{title: string, children?: any}} props */
export function Head({ title }) {
  return html`<header class="dialog-head">
    <h2 id="dialog-title">${title}</h2>
    <${IconButton} icon="x" label=${t("Close")} onClick=${screen.closeDialog} />
  </header>`;
}

/** Asks once. @param {{title: string, text: string, quote?: string, verb: string, tone?: "danger" | "primary", run: () => any}} props */
export function Confirm({ title, text, quote, verb, tone = "danger", run }) {
  const [busy, setBusy] = useState(false);
  return html`<${Head} title=${title} />
    <div class="dialog-body"><p>${text}</p>${quote ? html`<p class="dialog-quote" dir="auto">${quote}</p>` : null}</div>
    <footer class="dialog-foot">
      <button type="button" class="button button-quiet" onClick=${screen.closeDialog}>${t("Cancel")}</button>
      <button type="button" class=${`button button-${tone}`} disabled=${busy} onClick=${async () => {
        setBusy(true);
        await run();
        screen.closeDialog();
      }}>${verb}</button>
    </footer>`;
}

/** Asks once, and for a reason. @param {{title: string, text: string, quote?: string, hint?: string, verb: string, run: (reason: string) => any}} props */
export function WithReason({ title, text, quote, hint = t("Optional. The person will see it."), verb, run }) {
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  return html`<form method="dialog" class="dialog-inner" onSubmit=${async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    await run(reason.trim());
    screen.closeDialog();
  }}>
    <${Head} title=${title} />
    <div class="dialog-body"><p>${text}</p>${quote ? html`<p class="dialog-quote" dir="auto">${quote}</p>` : null}<br />
      <${Field} label=${t("Reason")} name="reason" maxlength="300" autocomplete="off" hint=${hint} value=${reason}
        onInput=${(/** @type {any} */ event) => setReason(event.target.value)} />
    </div>
    <footer class="dialog-foot">
      <button type="button" class="button button-quiet" onClick=${screen.closeDialog}>${t("Cancel")}</button>
      <button class="button button-danger" disabled=${busy}>${verb}</button>
    </footer>
  </form>`;
}

/** What a message said, the newest version first, each with what it changed. @param {{message: import("../types.js").Message}} props */
export function Edits({ message: opened }) {
  const message = useMessage(opened.id, opened.chat) ?? opened; // it may be edited again
  const [edits, setEdits] = useState(/** @type {{content: string, replaced_at: string}[] | null} */ (null));
  const [failure, setFailure] = useState("");
  useEffect(() => {
    api.get(`/messages/${message.id}/edits?limit=${VERSIONS}`).then(
      (answer) => setEdits(answer.results),
      (refused) => setFailure(refused.sentence),
    );
  }, [message.edited_at]);
  const texts = [...(edits ?? []).map((edit) => edit.content), message.content];
  return html`<${Head} title=${t("Edit history")} />
    <div class="dialog-body" tabindex="0">${
      edits &&
      texts
        .map(
          (text, index) =>
            html`<section class="version">
            <p class="hint">${
              index === 0
                ? t("Sent {time}", { time: fullTime(message.timestamp) })
                : t("Edited {time}", { time: fullTime(edits[index - 1].replaced_at) })
            }</p>
            <${Difference} before=${index === 0 ? text : texts[index - 1]} after=${text} />
          </section>`,
        )
        .reverse()
    }${failure ? html`<p class="wrong" role="alert">${failure}</p>` : null}
  </div>`;
}

/** A text, and what was changed to come to it. @param {{before: string, after: string}} props */
function Difference({ before, after }) {
  return html`<p class="difference" dir="auto">${difference(before, after).map(({ kind, text }) =>
    kind === "same"
      ? text
      : kind === "gone"
        ? html`<del><span class="sr">${t("removed:")} </span>${text}</del>`
        : html`<ins><span class="sr">${t("added:")} </span>${text}</ins>`,
  )}</p>`;
}

/**
 * A form with named fields whose refusals stand beside them.
 * @param {(data: Record<string, any>) => Promise<void>} submit
 * @returns {{wrong: Record<string, string[]>, general: string, busy: boolean, onSubmit: (event: Event) => Promise<void>}}
 */
export function useForm(submit) {
  const [wrong, setWrong] = useState(/** @type {Record<string, string[]>} */ ({}));
  const [general, setGeneral] = useState("");
  const [busy, setBusy] = useState(false);
  const onSubmit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    setBusy(true);
    try {
      await submit(Object.fromEntries(new FormData(form)));
    } catch (error) {
      if (!(error instanceof api.Refused)) throw error;
      setWrong(error.fields);
      setGeneral(Object.keys(error.fields).length ? "" : error.sentence);
    }
    setBusy(false);
  };
  return { wrong, general, busy, onSubmit };
}

/** @param {{label: string, name: string, wrong?: string[], hint?: string, area?: boolean, [option: string]: any}} props */
export function Field({ label, name, wrong, hint, area, ...rest }) {
  const tag = area ? "textarea" : "input";
  return html`<label class="field"><span>${label}</span>
    <${tag} class="input" name=${name} aria-invalid=${wrong ? "true" : undefined} ...${rest}></${tag}>
    ${hint ? html`<small>${hint}</small>` : null}${wrong ? html`<span class="wrong" role="alert">${t(wrong[0])}</span>` : null}</label>`;
}
