// @ts-check
/** What a person sets for this browser, and the list of shortcuts. Profile, password and devices have pages of their own. */

import * as api from "chat/api.js";
import * as browser from "chat/browser.js";
import { editProfile, setStatus } from "chat/card.js";
import { t } from "chat/i18n.js";
import { enterSends, isTouched, prefer, preferences, withStorage } from "chat/kept/local.js";
import * as notify from "chat/notify.js";
import * as screen from "chat/screen.js";
import { controlKey, html, Icon } from "chat/ui.js";
import { Head } from "chat/views/dialogs.js";
import { useEffect, useState } from "preact/hooks";

export function Settings() {
  return html`<${Head} title=${t("Settings")} />
    <div class="dialog-body">
      <div class="setting"><div><h3 id="set-theme">${t("Appearance")}</h3></div><${Theme} /></div>
      <div class="setting"><div><h3 id="set-order">${t("Chat list")}</h3></div>
        <${Segments} name="order" label="set-order" value=${preferences.value.order}
          choices=${[["sections", t("Grouped")], ["activity", t("Latest first")]]}
          choose=${(/** @type {any} */ order) => prefer({ order })} /></div>
      <div class="setting">
        <div>
          <h3 id="set-enter">${t("Enter key")}</h3>
          <p>
            ${
              enterSends()
                ? t("Shift+Enter adds a new line.")
                : isTouched()
                  ? t("Send with the button or Ctrl+Enter.")
                  : t("Ctrl+Enter sends.")
            }
          </p>
        </div>
        <${Segments} name="enter" label="set-enter" value=${enterSends() ? "send" : "line"}
          choices=${[["send", t("Send")], ["line", t("New line")]]}
          choose=${(/** @type {"send" | "line"} */ enter) => prefer({ enter })} /></div>
      <div class="setting">
        <div>
          <h3 id="set-hold">${t("Undo sending")}</h3>
          <p>${t("Hold each message for 5 seconds, so that you can take it back.")}</p>
        </div>
        <${Segments} name="hold" label="set-hold" value=${preferences.value.hold ? "on" : "off"}
          choices=${[["on", t("On")], ["off", t("Off")]]}
          choose=${(/** @type {string} */ choice) => prefer({ hold: choice === "on" })} /></div>
      <${Notifications} />
      <${Reads} />
      <div class="setting"><div><h3>${t("Profile")}</h3><p>${t("What others see on your card: title, bio, local time and status.")}</p></div>
        <button type="button" class="button button-small" onClick=${setStatus}>${t("Set a status")}</button>
        <button type="button" class="button button-small" onClick=${editProfile}>${t("Edit profile")}</button></div>
      <div class="setting"><div><h3>${t("Account")}</h3><p>${t("Name, e-mail, password, language and devices.")}</p></div>
        <a class="button button-small" href="/settings">${t("Account settings")}</a></div>
    </div>`;
}

Settings.kind = "wide";

/** @param {{name: string, label: string, value: string, choices: string[][], choose: (value: string) => void}} props */
function Segments({ name, label, value, choices, choose }) {
  return html`<div class="segments" role="radiogroup" aria-labelledby=${label}>${choices.map(
    ([key, text, icon]) =>
      html`<label>
        <input type="radio" name=${name} value=${key} checked=${key === value} onChange=${() => choose(key)} />
        ${icon ? html`<${Icon} name=${icon} />` : null}${text}
      </label>`,
  )}</div>`;
}

/** The theme of this browser, here and on the pages that the server draws (see theme.js). @param {string} theme "" follows the system */
function wear(theme) {
  document.documentElement.dataset.theme = theme;
  withStorage((storage) => storage.setItem("theme", theme), undefined);
  // biome-ignore lint/suspicious/noDocumentCookie: the server writes it into the page, so that nothing flashes
  document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
}

function Theme() {
  const [theme, setTheme] = useState(document.documentElement.dataset.theme || "system");
  return html`<${Segments} name="theme" label="set-theme" value=${theme}
    choices=${[["system", t("System"), "monitor"], ["light", t("Light"), "sun"], ["dark", t("Dark"), "moon"]]}
    choose=${(/** @type {string} */ choice) => {
      setTheme(choice);
      wear(choice === "system" ? "" : choice);
    }} />`;
}

/** Whether others see how far one has read; it stands with the account, and is not there on a server without it. */
function Reads() {
  const [shares, setShares] = useState(/** @type {boolean | undefined} */ (undefined));
  useEffect(() => {
    api.get("/users/me").then(
      (me) => setShares(me.share_reads),
      () => {},
    );
  }, []);
  if (shares === undefined) return null;
  const choose = async (/** @type {boolean} */ share_reads) => {
    setShares(share_reads);
    if (!(await screen.attempt(() => api.call("PATCH", "/users/me", { share_reads })))) setShares(!share_reads);
  };
  return html`<div class="setting">
    <div>
      <h3 id="set-reads">${t("Read receipts")}</h3>
      <p>${t("Others see what you've read, and you see what they've read.")}</p>
    </div>
    <${Segments} name="reads" label="set-reads" value=${shares ? "on" : "off"}
      choices=${[["on", t("On")], ["off", t("Off")]]}
      choose=${(/** @type {string} */ choice) => choose(choice === "on")} />
  </div>`;
}

function Notifications() {
  const [permission, setPermission] = useState(browser.permission());
  const isOn = preferences.value.notify && permission === "granted";
  const explain = {
    default: t("Get notified of new messages while you're not looking at the chat. Your browser will ask you once."),
    granted: t("For new messages, unless you're looking at the chat. You can mute individual chats."),
    denied: !isSecureContext
      ? t("Notifications need a secure connection (HTTPS).")
      : t(
          "Your browser blocks notifications from this site. You can allow them in its site settings, usually behind the icon next to the address.",
        ),
  }[permission];
  return html`<div class="setting"><div><h3 id="set-notify">${t("Notifications")}</h3><p>${explain}</p></div>
    ${
      permission === "default"
        ? html`<button type="button" class="button button-small"
            onClick=${async () => setPermission(await notify.ask())}>
            ${t("Turn on")}
          </button>`
        : null
    }
    ${
      permission === "granted"
        ? html`<${Segments} name="notify" label="set-notify" value=${isOn ? "on" : "off"}
            choices=${[["on", t("On")], ["off", t("Off")]]}
            choose=${(/** @type {string} */ choice) => prefer({ notify: choice === "on" })} />`
        : null
    }
  </div>
  ${
    isOn
      ? html`<div class="setting"><div><h3 id="set-sound">${t("Sound")}</h3><p>${t("Play a short sound with each notification.")}</p></div>
    <${Segments} name="sound" label="set-sound" value=${preferences.value.sound ? "on" : "off"}
      choices=${[["on", t("On")], ["off", t("Off")]]} choose=${(/** @type {string} */ choice) => {
        prefer({ sound: choice === "on" });
        if (choice === "on") notify.chime();
      }} /></div>`
      : null
  }`;
}

/** What the help shows. */
const list = () => [
  ["Ctrl K", t("Find a chat or person")],
  ["Ctrl F", t("Search in this chat; again: the browser's own search")],
  ["Ctrl Shift F", t("Search everywhere")],
  ["Alt ↑ / Alt ↓", t("Previous chat, next chat")],
  ["Alt Shift ↑ / ↓", t("Next unread chat")],
  [enterSends() ? "Enter" : "Ctrl Enter", t("Send")],
  [enterSends() ? "Shift Enter" : "Enter", t("New line")],
  ["↑", t("In an empty message box: edit your last message")],
  ["Ctrl B / I / E", t("While writing: bold, italic, code")],
  ["Ctrl Shift X", t("While writing: strikethrough")],
  ["Ctrl K", t("With selected text: make a link")],
  ["@ # :", t("While writing: mention someone, link to a room, insert an emoji")],
  ["Esc", t("Cancel replying or editing; go from a message back to the box")],
  ["Ctrl Z", t("While it's still possible: undo deleting or sending a message")],
  ["PageUp / PageDown", t("Scroll messages, even while writing a short one")],
  ["End", t("Jump to the latest message, also from an empty message box")],
  ["↑ ↓ Enter", t("In the message list: move, and open actions")],
  ["F6", t("Move to the next part of the page")],
  ["?", t("Show this list (also Ctrl /)")],
];

const KEYS = () =>
  /** @type {Record<string, string>} */ ({
    Ctrl: controlKey(),
    Shift: t("Shift"),
    End: t("End"),
    PageUp: t("PageUp"),
    PageDown: t("PageDown"),
  });

export function Shortcuts() {
  return html`<${Head} title=${t("Keyboard shortcuts")} /><div class="dialog-body" tabindex="0"><dl class="keys">${list().map(
    ([keys, what]) =>
      html`<dt>${keys.split(" ").map((key) => (/^[/]$/.test(key) ? " / " : html`<kbd>${KEYS()[key] ?? key}</kbd> `))}</dt><dd>${what}</dd>`,
  )}</dl></div>`;
}
