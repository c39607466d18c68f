// @ts-check
/** The card of a person, and what people say of themselves: their profile and their status. Loaded when one of them opens. */

import * as api from "chat/api.js";
import { load } from "chat/browser.js";
import { editProfile, setStatus } from "chat/card.js";
import { copy, openPrivate } from "chat/chats.js";
import { lastSeen, moment, t, timeIn } from "chat/i18n.js";
import { called, isDeleted, statusOf } from "chat/names.js";
import * as screen from "chat/screen.js";
import * as states from "chat/state.js";
import * as store from "chat/store.js";
import { Avatar, html, Icon, IconButton, late, usePicture } from "chat/ui.js";
import { Field, Head, useForm } from "chat/views/dialogs.js";
import { useEffect, useState } from "preact/hooks";

/** @typedef {import("../types.js").Person} Person */
/** @typedef {Person & {title?: string, bio?: string, time_zone?: string, shared_rooms?: {key: string, name: string}[]}} Profile */

const EmojiGrid = late(async () => (await load("chat/views/emoji.js")).EmojiGrid);
const PictureField = late(async () => (await load("chat/views/picture.js")).PictureField);
const WIDTH = 320;
const EDGE = 8;

/** @param {{id: number, username: string}} props `at`: where it opens, see `place` */
export function PersonCard({ id, username }) {
  const [profile, setProfile] = useState(/** @type {Profile | null} */ (null));
  const [failure, setFailure] = useState("");
  const known = store.people.value.get(id);
  const isMe = id === store.me.value?.id;
  const isGone = isDeleted(known?.username ?? username);
  useEffect(() => {
    if (isGone) return;
    api.get(`/users/${id}`).then(
      (found) => {
        setProfile(found);
        const { title: _, bio: __, time_zone: ___, shared_rooms: ____, ...person } = found;
        store.state.value = states.meet(store.state.value, [person]);
      },
      (refused) => refused.status !== 404 && setFailure(refused.sentence), // of whom one may see no more
    );
  }, []);
  const person = known ?? profile ?? { id, username, display_name: "", is_online: false };
  const name = called(person);
  const status = statusOf(person, store.now.value);
  const rooms = isMe ? [] : (profile?.shared_rooms ?? []);
  const time = profile?.time_zone ? timeIn(profile.time_zone, store.now.value) : "";
  return html`<header class="card-head">
      <${Face} name=${name} id=${id} picture=${profile?.avatar} />
      <div class="card-names">
        <h2 id="dialog-title"><bdi>${name}</bdi></h2>
        ${isGone ? null : html`<p><bdi>@${person.username}</bdi>${isMe ? ` (${t("you")})` : ""}</p>`}
        ${profile?.title ? html`<p class="card-title" dir="auto">${profile.title}</p>` : null}
      </div>
      <${IconButton} icon="x" label=${t("Close")} onClick=${screen.closeDialog} />
    </header>
    <div class="card-body">
      ${isGone ? html`<p>${t("This account was deleted. Its messages stay.")}</p>` : html`<${Presence} person=${person} isMe=${isMe} />`}
      ${
        status
          ? html`<p class="card-line"><span class="card-emoji" aria-hidden="true">${status.emoji || "💬"}</span>
              <span><span class="sr">${t("Status:")} </span><bdi>${status.text || status.emoji}</bdi>
                ${status.until ? html` <span class="hint">${t("until {time}", { time: moment(status.until, new Date(store.now.value)) })}</span>` : null}
              </span></p>`
          : null
      }
      ${time ? html`<p class="card-line"><${Icon} name="clock" /><span>${t("{time} local time", { time })}</span></p>` : null}
      ${profile?.bio ? html`<p class="card-bio" dir="auto">${profile.bio}</p>` : null}
      ${
        rooms.length
          ? html`<h3>${t("Rooms you share")}</h3>
            <ul class="card-rooms">${rooms.map(
              ({ key, name }) =>
                html`<li><button type="button" onClick=${() => {
                  screen.closeDialog();
                  screen.go(key);
                }}><${Icon} name="hash" /><bdi>${name}</bdi></button></li>`,
            )}</ul>`
          : null
      }
      ${failure ? html`<p class="wrong" role="alert">${failure}</p>` : null}
    </div>
    ${isGone ? null : html`<footer class="card-foot"><${Actions} person=${person} isMe=${isMe} /></footer>`}`;
}

/** A press shows the picture large, and small again. @param {{name: string, id: number, picture?: string | null}} props */
function Face({ name, id, picture }) {
  const [isLarge, setLarge] = useState(false);
  const face = html`<${Avatar} name=${name} seed=${id} picture=${picture} size=${isLarge ? "avatar-xl" : "avatar-lg"} />`;
  const newest = usePicture(id);
  if (!(newest === undefined ? picture : newest)) return face;
  return html`<button type="button" class="card-face" aria-expanded=${isLarge} aria-label=${t("Enlarge picture")}
    onClick=${() => setLarge(!isLarge)}>${face}</button>`;
}

PersonCard.kind = "person";
PersonCard.place = beside;

/** Beside what was pressed, on a wide screen; on a narrow one it comes up from below. @param {{at: DOMRect}} props */
export function beside({ at }) {
  if (innerWidth < 720) return undefined;
  const right = at.right + EDGE;
  const left = right + WIDTH + EDGE <= innerWidth ? right : Math.max(EDGE, at.left - EDGE - WIDTH);
  return at.top < innerHeight / 2
    ? { left: `${left}px`, top: `${Math.max(EDGE, at.top)}px`, "--room": `${innerHeight - at.top - EDGE}px` }
    : { left: `${left}px`, bottom: `${Math.max(EDGE, innerHeight - at.bottom)}px`, "--room": `${at.bottom - EDGE}px` };
}

/** @param {{person: Person, isMe: boolean}} props */
function Presence({ person, isMe }) {
  store.now.value; // "last seen" grows older
  const isOnline = isMe || person.is_online;
  const seen = person.last_seen ? lastSeen(person.last_seen) : t("offline");
  return html`<p class="card-line"><span class="card-dot" data-online=${isOnline}></span><span>${isOnline ? t("online") : seen}</span></p>`;
}

/** @param {{person: Person, isMe: boolean}} props */
function Actions({ person, isMe }) {
  if (isMe)
    return html`<button type="button" class="button button-primary" autofocus onClick=${editProfile}>
        <${Icon} name="pencil" />${t("Edit profile")}
      </button>
      <button type="button" class="button" onClick=${setStatus}>${t("Set a status")}</button>`;
  return html`<button type="button" class="button button-primary" autofocus onClick=${() => {
    screen.closeDialog();
    openPrivate(person.id);
  }}><${Icon} name="message-square" />${t("Message")}</button>
    <button type="button" class="button" onClick=${() => copy(person.username, t("Username copied"))}>
      <${Icon} name="copy" />${t("Copy username")}
    </button>`;
}

// ---------------------------------------------------------------- the own profile

/** What the server says of oneself, as far as others see it too. @param {Profile} me */
function mine({ id, username, display_name, avatar = null, status }) {
  store.apply({ type: "user_updated", user_id: id, username, display_name, avatar });
  store.apply({ type: "status_changed", user_id: id, status: status ?? null });
}

/** @param {string} said @param {object} changes */
async function save(said, changes) {
  mine(await api.call("PATCH", "/users/me", changes));
  screen.closeDialog();
  screen.toast(said);
}

export function EditProfile() {
  const [me, setMe] = useState(/** @type {Profile | null} */ (null));
  const [zone, setZone] = useState("");
  const form = useForm((data) => save(t("Profile saved"), { ...data, time_zone: zone }));
  useEffect(() => {
    screen.attempt(async () => {
      const found = await api.get("/users/me");
      setMe(found);
      setZone(found.time_zone ?? "");
    });
  }, []);
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return html`<form class="dialog-inner" onSubmit=${form.onSubmit}>
    <${Head} title=${t("Edit profile")} />
    <div class="dialog-body">${
      me &&
      html`<${PictureField} name=${called(me)} seed=${me.id} />
        <${Field} label=${t("Display name")} name="display_name" maxlength="80" autocomplete="name" placeholder=${me.username}
          defaultValue=${me.display_name} wrong=${form.wrong.display_name} />
        <${Field} label=${t("Title")} name="title" maxlength="80" autocomplete="organization-title" defaultValue=${me.title ?? ""}
          placeholder=${t("What you do, in a few words")} wrong=${form.wrong.title} />
        <${Field} label=${t("About you")} name="bio" area maxlength="300" defaultValue=${me.bio ?? ""} wrong=${form.wrong.bio} />
        <label class="field"><span>${t("Time zone")}</span>
          <select class="input" value=${zone} onChange=${(/** @type {any} */ event) => setZone(event.target.value)}>
            <option value="">${t("Don't show my local time")}</option>
            ${zones(here, zone).map((name) => html`<option value=${name} key=${name}>${name.replaceAll("_", " ")}</option>`)}
          </select>
          ${form.wrong.time_zone ? html`<span class="wrong" role="alert">${t(form.wrong.time_zone[0])}</span>` : null}
        </label>
        ${
          zone === "" && here
            ? html`<button type="button" class="button button-small" onClick=${() => setZone(here)}>
                ${t("Use {zone}, as this device does", { zone: here.replaceAll("_", " ") })}
              </button>`
            : null
        }`
    }
      ${form.general ? html`<p class="wrong" role="alert">${form.general}</p>` : null}
    </div>
    <footer class="dialog-foot">
      <button type="button" class="button button-quiet" onClick=${screen.closeDialog}>${t("Cancel")}</button>
      <button class="button button-primary" disabled=${form.busy || !me}>${t("Save")}</button>
    </footer>
  </form>`;
}

/** The time zones that this browser knows; also these. @param {string[]} also */
function zones(...also) {
  /** @type {string[]} */
  const known = /** @type {any} */ (Intl).supportedValuesOf?.("timeZone") ?? [];
  return [...new Set([...also, ...known])].filter(Boolean).sort();
}

// ---------------------------------------------------------------- the own status

const MINUTE = 60_000;

/** How long a status stays: until when, counted from now. @type {Record<string, {label: () => string, until: (now: Date) => Date | null}>} */
const ENDS = {
  none: { label: () => t("Until I clear it"), until: () => null },
  half: { label: () => t("30 minutes"), until: (now) => new Date(now.getTime() + 30 * MINUTE) },
  hour: { label: () => t("1 hour"), until: (now) => new Date(now.getTime() + 60 * MINUTE) },
  hours: { label: () => t("4 hours"), until: (now) => new Date(now.getTime() + 240 * MINUTE) },
  today: { label: () => t("Today"), until: (now) => midnight(now, 1) },
  week: { label: () => t("This week"), until: (now) => midnight(now, (8 - now.getDay()) % 7 || 7) },
};

/** The midnight so many days on. @param {Date} now @param {number} days */
const midnight = (now, days) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days);

/** What people often say. */
const PRESETS = () => [
  { emoji: "📅", text: t("In a meeting"), end: "hour" },
  { emoji: "🎯", text: t("Focusing"), end: "hours" },
  { emoji: "🏠", text: t("Working from home"), end: "today" },
  { emoji: "🤒", text: t("Out sick"), end: "today" },
  { emoji: "🌴", text: t("On holiday"), end: "none" },
];

export function SetStatus() {
  const now = statusOf(store.me.value, store.now.value);
  const [emoji, setEmoji] = useState(now?.emoji ?? "");
  const [text, setText] = useState(now?.text ?? "");
  const [end, setEnd] = useState(now?.until ? "kept" : "none");
  const [isOpen, setOpen] = useState(false);
  const form = useForm(async () => {
    const until = end === "kept" ? now?.until : ENDS[end].until(new Date())?.toISOString();
    await save(t("Status saved"), { status_emoji: emoji, status_text: text, status_until: until ?? null });
  });
  const clear = () =>
    screen.attempt(() => save(t("Status cleared"), { status_emoji: null, status_text: null, status_until: null }));
  const wrong = Object.values(form.wrong)[0]?.[0];
  return html`<form class="dialog-inner" onSubmit=${form.onSubmit}>
    <${Head} title=${t("Set a status")} />
    <div class="dialog-body">
      <div class="status-box">
        <button type="button" class="status-emoji emoji-button" aria-haspopup="dialog" aria-expanded=${isOpen}
          aria-label=${emoji ? t("Emoji: {emoji}", { emoji }) : t("Choose an emoji")} onClick=${() => setOpen(!isOpen)}>
          ${emoji || html`<${Icon} name="smile" />`}
        </button>
        <input class="input" name="status_text" maxlength="100" autofocus autocomplete="off" aria-label=${t("Status")}
          placeholder=${t("What's your status?")} value=${text} aria-invalid=${wrong ? "true" : undefined}
          onInput=${(/** @type {any} */ event) => setText(event.target.value)} />
      </div>
      ${
        isOpen
          ? html`<${EmojiGrid} close=${() => setOpen(false)} take=${(/** @type {string} */ chosen) => {
              setEmoji(chosen);
              setOpen(false);
            }} />`
          : null
      }
      <ul class="status-presets" aria-label=${t("Suggestions")}>${PRESETS().map(
        (preset) =>
          html`<li><button type="button" onClick=${() => {
            setEmoji(preset.emoji);
            setText(preset.text);
            setEnd(preset.end);
          }}><span aria-hidden="true">${preset.emoji}</span><span>${preset.text}</span><small>${ENDS[preset.end].label()}</small></button></li>`,
      )}</ul>
      <label class="field"><span>${t("Clear after")}</span>
        <select class="input" value=${end} onChange=${(/** @type {any} */ event) => setEnd(event.target.value)}>
          ${now?.until ? html`<option value="kept">${t("until {time}", { time: moment(now.until, new Date(store.now.value)) })}</option>` : null}
          ${Object.entries(ENDS).map(([name, { label }]) => html`<option value=${name} key=${name}>${label()}</option>`)}
        </select>
      </label>
      ${wrong || form.general ? html`<p class="wrong" role="alert">${t(wrong ?? form.general)}</p>` : null}
    </div>
    <footer class="dialog-foot">
      ${now ? html`<button type="button" class="button button-quiet foot-start" onClick=${clear}>${t("Clear status")}</button>` : null}
      <button type="button" class="button button-quiet" onClick=${screen.closeDialog}>${t("Cancel")}</button>
      <button class="button button-primary" disabled=${form.busy || !(emoji || text.trim())}>${t("Save")}</button>
    </footer>
  </form>`;
}
