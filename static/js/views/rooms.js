// @ts-check
/** Dialogs about rooms: create, change, invite people, find public ones. */

import * as api from "chat/api.js";
import { load } from "chat/browser.js";
import { fullTime, span, t, tn } from "chat/i18n.js";
import { refreshChats } from "chat/people.js";
import * as screen from "chat/screen.js";
import { Avatar, Empty, html, late } from "chat/ui.js";
import { Field, Head, useForm } from "chat/views/dialogs.js";
import { LinkBox } from "chat/views/link.js";
import { useEffect, useState } from "preact/hooks";

const PictureField = late(async () => (await load("chat/views/picture.js")).PictureField);

/** @param {{name: string, value: string, checked: boolean, title: string, text: string}} props */
function Choice({ name, value, checked, title, text }) {
  return html`<label class="choice">
    <input type="radio" name=${name} value=${value} defaultChecked=${checked} />
    <span>
      <b>${title}</b>
      <small>${text}</small>
    </span>
  </label>`;
}

export function CreateRoom() {
  const [made, setMade] = useState(/** @type {any} */ (null));
  const form = useForm(async ({ name, description, kind }) => {
    const room = await api.post("/chats/room", {
      name,
      description,
      is_public: kind === "public",
      requires_approval: kind === "asked",
    });
    await refreshChats();
    screen.go(room.key);
    setMade(room);
  });
  if (made)
    return html`<${Head} title=${t("{room} is ready", { room: made.name })} />
      <div class="dialog-body">
        <p>
          ${t("Share this link with the people you want to invite. It's shown only once, but you can create a new one at any time.")}
        </p>
        <br />
        <${LinkBox} link=${made.invite_link} /></div>
      <footer class="dialog-foot">
        <button type="button" class="button button-primary" onClick=${screen.closeDialog}>${t("Done")}</button>
      </footer>`;
  return html`<form class="dialog-inner" onSubmit=${form.onSubmit}>
    <${Head} title=${t("Create room")} />
    <div class="dialog-body">
      <${Field} label=${t("Name")} name="name" required maxlength="80" autofocus autocomplete="off" wrong=${form.wrong.name} />
      <${Field} label=${t("Topic")} name="description" area maxlength="500" wrong=${form.wrong.description} />
      <fieldset class="plain"><legend class="sr">${t("Who can join")}</legend>
        <${Choice} name="kind" value="asked" checked=${true} title=${t("By invitation, with approval")}
          text=${t("Anyone with the link can ask to join; you or a moderator approve.")} />
        <${Choice} name="kind" value="link" checked=${false} title=${t("By invitation")} text=${t("Anyone with the link can join.")} />
        <${Choice} name="kind" value="public" checked=${false} title=${t("Public")}
          text=${t("Anyone on this server can find and join it.")} />
      </fieldset>
      ${form.general ? html`<p class="wrong" role="alert">${form.general}</p>` : null}
    </div>
    <footer class="dialog-foot"><button type="button" class="button button-quiet" onClick=${screen.closeDialog}>${t("Cancel")}</button>
      <button class="button button-primary" disabled=${form.busy}>${t("Create")}</button></footer>
  </form>`;
}

/** Seconds to choose from; 0: no limit. */
const WINDOWS = [0, 300, 900, 3600, 86_400, 604_800];

/** For how long after sending something may be done with a message. @param {{name: string, label: string, value: number | null, wrong?: string[]}} props */
function Window({ name, label, value, wrong }) {
  const choices = value === null || WINDOWS.includes(value) ? WINDOWS : [...WINDOWS, value];
  return html`<label class="field"><span>${label}</span>
    <select class="input" name=${name} defaultValue=${value ?? ""}>
      <option value="" selected=${value === null}>${t("Server default")}</option>
      ${choices.map(
        (seconds) =>
          html`<option value=${seconds} selected=${seconds === value}>${seconds ? span(seconds) : t("No limit")}</option>`,
      )}
    </select>
    ${wrong ? html`<span class="wrong" role="alert">${t(wrong[0])}</span>` : null}</label>`;
}

/** @param {{chat: import("../types.js").Chat}} props */
export function EditRoom({ chat }) {
  const [room, setRoom] = useState(/** @type {any} */ (null));
  useEffect(() => {
    screen.attempt(async () => setRoom(await api.get(`/chats/room/${chat.id}`)));
  }, []);
  const form = useForm(async ({ name, description, is_public, requires_approval, pin_by, ...chosen }) => {
    const ticked = { is_public: is_public === "on", requires_approval: requires_approval === "on" };
    const seconds = (/** @type {string} */ value) => (value === "" ? null : Number(value));
    const windows = { edit_window: seconds(chosen.edit_window), delete_window: seconds(chosen.delete_window) };
    const mention_everyone = chosen.mention_everyone || null;
    const body = { name, description, ...ticked, pin_by, mention_everyone, ...windows };
    await api.call("PATCH", `/chats/room/${chat.id}`, body);
    screen.closeDialog();
  });
  if (!room) return html`<${Head} title=${t("Room settings")} /><div class="dialog-body"></div>`;
  return html`<form class="dialog-inner" onSubmit=${form.onSubmit}>
    <${Head} title=${t("Room settings")} />
    <div class="dialog-body">
      <${PictureField} name=${room.name} seed=${chat.key} />
      <${Field} label=${t("Name")} name="name" required maxlength="80" defaultValue=${room.name} wrong=${form.wrong.name} />
      <${Field} label=${t("Topic")} name="description" area maxlength="500" defaultValue=${room.description}
        wrong=${form.wrong.description} />
      <label class="choice">
        <input type="checkbox" name="is_public" defaultChecked=${room.is_public} />
        <span>
          <b>${t("Public")}</b>
          <small>${t("Anyone on this server can find and join it.")}</small>
        </span>
      </label>
      <label class="choice">
        <input type="checkbox" name="requires_approval" defaultChecked=${room.requires_approval} />
        <span>
          <b>${t("Approve new members")}</b>
          <small>${t("Anyone with the link can ask to join; you or a moderator approve.")}</small>
        </span>
      </label>
      <label class="field"><span>${t("Who can pin messages")}</span>
        <select class="input" name="pin_by" defaultValue=${room.pin_by}>
          <option value="moderators">${t("Owners and moderators")}</option>
          <option value="all">${t("All members")}</option>
        </select>
      </label>
      <label class="field"><span>${t("Who can notify everyone")}</span>
        <select class="input" name="mention_everyone" defaultValue=${room.mention_everyone ?? ""}>
          <option value="">${t("Everyone in small rooms, else moderators")}</option>
          <option value="all">${t("All members")}</option>
          <option value="moderators">${t("Owners and moderators")}</option>
          <option value="nobody">${t("Nobody")}</option>
        </select>
        <small>${t("With @everyone and @here. A room of up to 15 people is small.")}</small>
      </label>
      <div class="fields">
        <${Window} name="edit_window" label=${t("Time limit for editing")} value=${room.edit_window} wrong=${form.wrong.edit_window} />
        <${Window} name="delete_window" label=${t("Time limit for deleting")} value=${room.delete_window} wrong=${form.wrong.delete_window} />
      </div>
      ${form.general ? html`<p class="wrong" role="alert">${form.general}</p>` : null}
    </div>
    <footer class="dialog-foot">
      <button type="button" class="button button-quiet" onClick=${screen.closeDialog}>${t("Cancel")}</button>
      <button class="button button-primary" disabled=${form.busy}>${t("Save")}</button></footer>
  </form>`;
}

const DAY = 86_400;

/** A new link into a room; the old one ends. @param {{chat: import("../types.js").Chat}} props */
export function Invite({ chat }) {
  const [link, setLink] = useState(/** @type {any} */ (null));
  const form = useForm(async ({ expires_in, max_uses, for_guests }) => {
    /** @type {Record<string, any>} */
    const terms = { for_guests: for_guests === "on" };
    if (expires_in) terms.expires_in = Number(expires_in);
    if (max_uses) terms.max_uses = Number(max_uses);
    setLink(await api.post(`/chats/room/${chat.id}/invite/rotate`, terms));
  });
  if (link)
    return html`<${Head} title=${t("Invite people to {room}", { room: chat.title })} />
      <div class="dialog-body"><p>${t("Here's the link. It's shown only once, and the previous link no longer works.")}</p><br />
        <${LinkBox} link=${link.invite_link} note=${[
          link.expires_at ? t("Valid until {time}.", { time: fullTime(link.expires_at) }) : t("Never expires."),
          link.max_uses ? tn(link.max_uses, "{count} person can use it.", "{count} people can use it.") : "",
          link.for_guests ? t("Guests can join without an account.") : "",
        ].join(" ")} /></div>
      <footer class="dialog-foot">
        <button type="button" class="button button-quiet" onClick=${() => setLink(null)}>${t("Create another")}</button>
        <button type="button" class="button button-primary" onClick=${screen.closeDialog}>${t("Done")}</button></footer>`;
  return html`<form class="dialog-inner" onSubmit=${form.onSubmit}>
    <${Head} title=${t("Invite people to {room}", { room: chat.title })} />
    <div class="dialog-body">
      <p>${t("Create a link and share it. A new link replaces the previous one.")}</p><br />
      <div class="fields">
        <label class="field"><span>${t("Valid for")}</span><select class="input" name="expires_in" defaultValue="">
          <option value="">${t("As long as allowed")}</option>
          <option value=${DAY / 24}>${t("1 hour")}</option>
          <option value=${DAY}>${t("1 day")}</option>
          <option value=${7 * DAY}>${t("1 week")}</option>
        </select>
          ${form.wrong.expires_in ? html`<span class="wrong" role="alert">${t(form.wrong.expires_in[0])}</span>` : null}</label>
        <${Field} label=${t("People")} name="max_uses" type="number" min="1" max="100000" placeholder=${t("No limit")}
          wrong=${form.wrong.max_uses} />
      </div>
      <label class="choice">
        <input type="checkbox" name="for_guests" />
        <span>
          <b>${t("Allow guests")}</b>
          <small>${t("They need no account, only a name, and see only this room.")}</small>
        </span>
      </label>
      ${
        form.wrong.for_guests || form.general
          ? html`<p class="wrong" role="alert">${t(form.wrong.for_guests?.[0] ?? form.general)}</p>`
          : null
      }
    </div>
    <footer class="dialog-foot"><button type="button" class="button button-quiet" onClick=${screen.closeDialog}>${t("Cancel")}</button>
      <button class="button button-primary" disabled=${form.busy}>${t("Create link")}</button></footer>
  </form>`;
}

export function Discover() {
  const [text, setText] = useState("");
  const [rooms, setRooms] = useState(/** @type {any[] | null} */ (null));
  const [error, setError] = useState("");
  useEffect(() => {
    let isLatest = true;
    const timer = setTimeout(
      () => {
        api.get(`/chats/room?discover=true&search=${encodeURIComponent(text.trim())}`).then(
          (answer) => {
            if (!isLatest) return;
            setRooms(answer.results);
            setError("");
          },
          (refused) => isLatest && setError(refused.sentence),
        );
      },
      rooms ? 200 : 0,
    );
    return () => {
      isLatest = false;
      clearTimeout(timer);
    };
  }, [text]);
  return html`<${Head} title=${t("Discover public rooms")} />
    <div class="dialog-body">
      <label class="field">
        <span class="sr">${t("Search")}</span>
        <input class="input" type="search" maxlength="80" autofocus placeholder=${t("Search by name or topic")}
          value=${text} onInput=${(/** @type {any} */ event) => setText(event.target.value)} />
      </label>
      ${error ? html`<p class="wrong" role="alert">${error}</p>` : null}
      ${rooms?.map((room) => html`<${RoomCard} key=${room.room_id} room=${room} />`)}
      ${
        rooms?.length === 0
          ? html`<${Empty} icon="compass" title=${text ? t("No matches") : t("No public rooms yet")}
            text=${text ? t("Try a different search.") : t("Create the first one.")}>
            <button type="button" class="button" onClick=${() => screen.openDialog(Promise.resolve({ CreateRoom }), "CreateRoom")}>
              ${t("Create room")}
            </button>
          </${Empty}>`
          : null
      }
    </div>`;
}

/** @param {{room: any}} props */
function RoomCard({ room }) {
  const isIn = room.status === "member";
  return html`<article class="room-card"><${Avatar} name=${room.name} seed=${room.key} picture=${room.avatar} shape="square" />
    <div>
      <h3>
        <bdi>${room.name}</bdi>
      </h3>
      <p dir="auto">${room.description}</p>
      <p>${tn(room.member_count, "{count} member", "{count} members")}</p>
    </div>
    <button type="button" class="button button-small ${isIn ? "" : "button-primary"}" onClick=${async () => {
      const done =
        isIn ||
        (await screen.attempt(async () => {
          await api.post(`/chats/room/${room.room_id}/join`);
          await refreshChats();
        }));
      if (!done) return;
      screen.closeDialog();
      screen.go(room.key);
    }}>${isIn ? t("Open") : t("Join")}</button></article>`;
}
