// @ts-check
/** For those who look after a room: who asks to come in, above its messages and in the pane at the side, and who may not. */

import * as api from "chat/api.js";
import { load } from "chat/browser.js";
import { decide } from "chat/chats.js";
import { t, tn } from "chat/i18n.js";
import { loadRequests } from "chat/people.js";
import * as screen from "chat/screen.js";
import { decided } from "chat/state.js";
import * as store from "chat/store.js";
import { Avatar, below, html, Icon, IconButton, Menu } from "chat/ui.js";
import { useEffect, useState } from "preact/hooks";

/** @typedef {import("../types.js").Chat} Chat */
/** @typedef {import("../types.js").Person} Person */

const dialogs = () => load("chat/views/dialogs.js");

/** @param {Person} user */
const nameOf = (user) => user.display_name || user.username;

/** @param {{user: Person, children?: any}} props */
function Line({ user, children }) {
  return html`<li class="person"><${Avatar} name=${nameOf(user)} seed=${user.id} picture=${user.avatar} size="avatar-sm" />
    <div class="person-main">
      <bdi class="person-name">${nameOf(user)}</bdi>
      <span class="person-more">
        <bdi>@${user.username}</bdi>
      </span>
    </div>
    ${children}</li>`;
}

/** Who asks to come in, above the messages. @param {{chat: Chat}} props */
export function Asking({ chat }) {
  const known = store.state.value.requests.get(chat.key);
  const waiting = known ?? [];
  useEffect(() => {
    // Not each change comes with who it is: somebody who asks again within the hour is only counted.
    if ((chat.waiting_requests ?? 0) !== waiting.length) loadRequests(chat.id);
  }, [chat.waiting_requests, known === undefined]);
  if (!waiting.length) return null;
  const [first] = waiting;
  const name = first.user.display_name || first.user.username;
  return html`<section class="requests" aria-label=${t("Join requests")}>
    <${Avatar} name=${name} seed=${first.user.id} picture=${first.user.avatar} size="avatar-sm" />
    <p><bdi class="strong">${name}</bdi> ${t("wants to join.")} ${
      waiting.length > 1
        ? html`<button type="button" class="link" onClick=${() => {
            screen.showPanel("members");
          }}>${tn(waiting.length - 1, "{count} more", "{count} more")}</button>`
        : null
    }</p>
    <${Decision} key=${first.user.id} chat=${chat} user=${first.user} />
  </section>`;
}

/** @param {{chat: Chat, user: import("../types.js").Person}} props */
function Decision({ chat, user }) {
  const name = user.display_name || user.username;
  const [busy, setBusy] = useState(false);
  const answer = (/** @type {"approve" | "deny"} */ verdict) => async () => {
    setBusy(true);
    await decide(chat.id, user.id, verdict);
    setBusy(false);
  };
  return html`<span class="decision">
    <button type="button" class="button button-primary button-small" disabled=${busy}
      aria-label=${t("Approve {name}", { name })} onClick=${answer("approve")}>
      ${t("Approve")}
    </button>
    <button type="button" class="button button-small" disabled=${busy} 
      aria-label=${t("Deny {name}", { name })} onClick=${answer("deny")}>
      ${t("Deny")}
    </button>
  </span>`;
}

/** @param {{chat: Chat}} props */
export function Requests({ chat }) {
  const waiting = store.state.value.requests.get(chat.key) ?? [];
  const [menu, setMenu] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  if (!waiting.length) return null;
  const approveAll = async () => {
    setBusy(true);
    for (const { user } of waiting) if (!(await decide(chat.id, user.id, "approve"))) break;
    setBusy(false);
  };
  return html`<h3>${tn(waiting.length, "{count} person wants to join", "{count} people want to join")}</h3>
    <ul>${waiting.map(
      ({ user }) => html`<${Line} key=${user.id} user=${user}>
        <${IconButton} icon="ellipsis" label=${t("Actions for {name}", { name: nameOf(user) })} aria-haspopup="menu"
          onClick=${(/** @type {any} */ event) => setMenu({ user, at: below(event.currentTarget) })} />
        <${Decision} chat=${chat} user=${user} /></${Line}>`,
    )}</ul>
    ${
      waiting.length > 1
        ? html`<div class="panel-tools">
            <button type="button" class="button button-small" disabled=${busy} onClick=${approveAll}>
              <${Icon} name="check-check" />${t("Approve all")}
            </button>
          </div>`
        : null
    }
    ${
      menu &&
      html`<${Menu} at=${menu.at} label=${nameOf(menu.user)} onClose=${() => setMenu(null)}
      items=${[{ label: t("Deny and ban"), icon: "ban", tone: "danger", run: () => denyAndBan(chat, menu.user) }]} />`
    }`;
}

/** @param {Chat} chat @param {Person} user */
function denyAndBan(chat, user) {
  const name = nameOf(user);
  return screen.openDialog(dialogs(), "WithReason", {
    title: t("Deny and ban {name}?", { name }),
    text: t("They can't ask again until the ban is lifted."),
    verb: t("Deny and ban"),
    run: (/** @type {string} */ reason) =>
      screen.attempt(async () => {
        await api.call("DELETE", `/chats/room/${chat.id}/members/${user.id}?ban=true`, { reason });
        store.state.value = decided(store.state.value, { chat: chat.key, user_id: user.id });
      }),
  });
}

/** Who may not come in; asked for only by who wants to know. @param {{chat: Chat}} props */
export function Bans({ chat }) {
  const [bans, setBans] = useState(/** @type {{user: Person, reason: string, banned_by: string}[] | null} */ (null));
  const load = () =>
    screen.attempt(async () => setBans((await api.get(`/chats/room/${chat.id}/bans?limit=100`)).results));
  const lift = async (/** @type {Person} */ user) => {
    if (await screen.attempt(() => api.call("DELETE", `/chats/room/${chat.id}/bans/${user.id}`)))
      setBans((before) => before?.filter((ban) => ban.user.id !== user.id) ?? null);
  };
  if (!bans)
    return html`<div class="panel-tools">
      <button type="button" class="button button-small button-quiet" onClick=${load}>${t("Show banned people")}</button>
    </div>`;
  return html`<h3>${t("Banned")}</h3>
    ${bans.length ? null : html`<p class="panel-about">${t("No one is banned from this room.")}</p>`}
    <ul>${bans.map(
      ({ user, reason }) => html`<${Line} key=${user.id} user=${user}>
        <button type="button" class="button button-small" title=${reason || undefined}
          aria-label=${t("Unban {name}", { name: nameOf(user) })} onClick=${() => lift(user)}>
          ${t("Unban")}
        </button>
      </${Line}>`,
    )}</ul>`;
}
