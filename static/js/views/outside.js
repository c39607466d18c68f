// @ts-check
/** What stands in the place of a chat that one is not in: removed, waiting to be let in, open to all, or not there. */

import * as api from "chat/api.js";
import { t, tn } from "chat/i18n.js";
import { onFrame } from "chat/news.js";
import * as screen from "chat/screen.js";
import * as store from "chat/store.js";
import { Empty, html } from "chat/ui.js";
import { useEffect, useState } from "preact/hooks";

/** @param {{chat: string}} props */
export function Outside({ chat }) {
  const [room, setRoom] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {api.Refused | null} */ (null));
  const [verdict, setVerdict] = useState("");
  const gone = store.state.value.gone;
  const load = () => {
    setError(null);
    const what = chat.startsWith("room:") ? api.get(api.pathOf(chat)) : api.get(`${api.pathOf(chat)}/history?limit=1`);
    what.then(setRoom, setError);
  };
  useEffect(() => {
    load();
    return onFrame((frame) => {
      if (frame.type === "connection_established") load();
      if (frame.type === "join_denied" && chat === `room:${frame.room_id}`) setVerdict("denied");
    });
  }, []);
  const reason = gone.get(chat);
  if (verdict === "denied")
    return html`<${Empty} icon="door-open" title=${t("Request declined")}
      text=${t("Don't take it personally: many rooms are meant for a small group.")}>
      <${ToGeneral} />
    </${Empty}>`;
  if (gone.has(chat) && reason !== null)
    return html`<${Empty} icon="user-minus" title=${t("You were removed from this room")}
      text=${reason ? t("Reason: {reason}", { reason }) : t("No reason was given.")}>
      <${ToGeneral} />
    </${Empty}>`;
  if (gone.has(chat))
    return html`<${Empty} icon="door-open" title=${t("You left this room")}><${ToGeneral} /></${Empty}>`;
  if (error && error.status !== 404 && error.status !== 403)
    return html`<${Empty} icon="triangle-alert" title=${t("Couldn't load this chat")} text=${error.sentence}>
      <button type="button" class="button" onClick=${load}>${t("Try again")}</button>
    </${Empty}>`;
  if (error)
    return html`<${Empty} icon="search" title=${t("Chat not found")}
      text=${t("It doesn't exist, or you aren't a member. If you have an invite link, open it.")}>
      <${ToGeneral} />
    </${Empty}>`;
  if (!room) return null;
  if (room.status === "pending") return html`<${Waiting} room=${room} onWithdrawn=${load} />`;
  if (room.status === "banned")
    return html`<${Empty} icon="ban" title=${room.name} text=${t("You're banned from this room, so you can't join it.")}>
      <${ToGeneral} />
    </${Empty}>`;
  if (room.is_public && !room.archived)
    return html`<${Empty} icon="hash" title=${room.name} text=${room.description}>
      <p>${tn(room.member_count, "{count} member", "{count} members")}</p>
      <button type="button" class="button button-primary" onClick=${() => screen.attempt(() => api.post(`${api.pathOf(chat)}/join`))}>
        ${t("Join")}
      </button>
    </${Empty}>`;
  return html`<${Empty} icon="lock" title=${room.name} text=${t("You're not a member of this room.")}><${ToGeneral} /></${Empty}>`;
}

function ToGeneral() {
  const key = store.chats.value.has("general") ? "general" : null;
  return html`<button type="button" class="button button-primary" onClick=${() => screen.go(key)}>
    ${key ? t("Go to General") : t("Go to chats")}
  </button>`;
}

/** @param {{room: any, onWithdrawn: () => void}} props */
function Waiting({ room, onWithdrawn }) {
  return html`<${Empty} icon="clock" title=${t("You asked to join {room}", { room: room.name })}
      text=${t("The room's owner and moderators have been notified. The room opens here as soon as they approve; you can close this page in the meantime.")}>
    <p class="waiting" role="status"><span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>${t("Waiting for approval")}</p>
    <button type="button" class="button" onClick=${async () => {
      if (await screen.attempt(() => api.post(`/chats/room/${room.room_id}/requests/withdraw`))) onWithdrawn();
    }}>${t("Cancel request")}</button>
  </${Empty}>`;
}
