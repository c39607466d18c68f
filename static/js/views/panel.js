// @ts-check
/** What the panes at the side have in common: a head, and the end of a list that goes on. */

import { t } from "chat/i18n.js";
import * as screen from "chat/screen.js";
import { html, IconButton } from "chat/ui.js";

const leave = () => screen.showPanel(null);

/**
 * @param {{title: any, back?: string, close?: string, children?: any}} props `title`: a text, or more than that; `back`: where the
 *   pane covers all, an arrow with this label leads away from it; `children`: what can be done
 */
export function PanelHead({ title, back, close = t("Close"), children }) {
  return html`<header class="panel-head">
    ${back ? html`<${IconButton} icon="arrow-left" label=${back} class="only-narrow" onClick=${leave} />` : null}
    ${typeof title === "string" ? html`<h2>${title}</h2>` : title}
    ${children}
    <${IconButton} icon="x" label=${close} class=${back ? "not-narrow" : ""} onClick=${leave} />
  </header>`;
}

/** @param {{hasMore: boolean, onClick: () => void}} props */
export function ShowMore({ hasMore, onClick }) {
  if (!hasMore) return null;
  return html`<div class="panel-tools"><button type="button" class="button" onClick=${onClick}>${t("Show more")}</button></div>`;
}

/** Why there is nothing, and to try again. @param {{failure: string, load: () => void}} props */
export function Failure({ failure, load }) {
  if (!failure) return null;
  return html`<div class="panel-about" role="alert">
    <p class="wrong">${failure}</p>
    <button type="button" class="button button-small" onClick=${load}>${t("Try again")}</button>
  </div>`;
}
