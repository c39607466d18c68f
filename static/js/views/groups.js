// @ts-check
/** Groups: the list of them, the card of one, and the form for who may make and change them. Loaded when one of them opens. */

import * as api from "chat/api.js";
import { openCard } from "chat/card.js";
import { findPeople } from "chat/complete.js";
import { t, tn } from "chat/i18n.js";
import { called, isDeleted } from "chat/names.js";
import { groupMuted, loadGroups, nameOf } from "chat/people.js";
import * as screen from "chat/screen.js";
import { meet } from "chat/state.js";
import * as store from "chat/store.js";
import { Avatar, Empty, html, Icon, IconButton } from "chat/ui.js";
import { Confirm, Field, Head, useForm } from "chat/views/dialogs.js";
import { beside } from "chat/views/person.js";
import { useEffect, useState } from "preact/hooks";

/** @typedef {import("../types.js").Group} Group */

const show = (/** @type {any} */ view, /** @type {object} */ props = {}) =>
  screen.openDialog(Promise.resolve({ view }), "view", props);
const showAll = () => show(Groups);

/** What one may do with groups: `create`, `change`, `delete`. The groups are read anew. */
function useRights() {
  const [may, setMay] = useState(/** @type {string[] | null} */ (null));
  useEffect(() => {
    loadGroups().then(setMay);
  }, []);
  return may;
}

export function Groups() {
  const may = useRights();
  const groups = [...(store.groups.value?.values() ?? [])];
  return html`<${Head} title=${t("Groups")} />
    <div class="dialog-body">
      <p>${t("Write the name of a group in a message to mention all of its members who are in the chat.")}</p>
      <ul class="groups">${groups.map(
        (group) => html`<li class="person" key=${group.id}>
          <${Avatar} name=${group.name} seed=${group.name} shape="square" icon="users" />
          <button type="button" class="person-main" onClick=${() => show(Page, { id: group.id })}>
            <bdi class="person-name">@${group.name}</bdi>
            <span class="person-more">${tn(group.members.length, "{count} member", "{count} members")}</span>
          </button>
          ${group.muted ? html`<${Icon} name="bell-off" label=${t("muted")} />` : null}
        </li>`,
      )}</ul>
      ${
        may && !groups.length
          ? html`<${Empty} icon="users" title=${t("No groups yet")}
              text=${may.includes("create") ? t("Create the first one.") : t("An administrator can create groups.")} />`
          : null
      }
    </div>
    ${
      may?.includes("create")
        ? html`<footer class="dialog-foot">
            <button type="button" class="button button-primary" onClick=${() => show(EditGroup)}>
              <${Icon} name="plus" />${t("New group")}
            </button>
          </footer>`
        : null
    }`;
}

/** Beside a mention that was pressed. @param {{id: number}} props `at`: where it opens, see `beside` */
export function GroupCard({ id }) {
  return html`<${Page} id=${id} />`;
}
GroupCard.kind = "person";
GroupCard.place = beside;

/** @param {{id: number}} props */
function Page({ id }) {
  const may = useRights();
  const group = [...(store.groups.value?.values() ?? [])].find((one) => one.id === id);
  if (!group) return html`<${Head} title=${t("This group no longer exists.")} /><div class="dialog-body"></div>`;
  return html`<header class="card-head">
      <${Avatar} name=${group.name} seed=${group.name} shape="square" size="avatar-lg" icon="users" />
      <div class="card-names">
        <h2 id="dialog-title"><bdi>@${group.name}</bdi></h2>
        <p>${tn(group.members.length, "{count} member", "{count} members")}</p>
        ${group.muted ? html`<p class="card-muted"><${Icon} name="bell-off" />${t("It doesn't mention you.")}</p>` : null}
      </div>
      <${IconButton} icon="x" label=${t("Close")} onClick=${screen.closeDialog} />
    </header>
    <div class="card-body">
      <ul class="groups">${group.members.map((member) => html`<${Member} key=${member} id=${member} />`)}</ul>
    </div>
    <footer class="card-foot">
      <button type="button" class="button" onClick=${() => mute(group)}>
        <${Icon} name=${group.muted ? "bell" : "bell-off"} />${group.muted ? t("Unmute group") : t("Mute group")}
      </button>
      ${
        may?.includes("change")
          ? html`<button type="button" class="button" onClick=${() => show(EditGroup, { group, may })}>
              <${Icon} name="pencil" />${t("Edit group")}
            </button>`
          : null
      }
      <button type="button" class="button" onClick=${showAll}><${Icon} name="users" />${t("All groups")}</button>
    </footer>`;
}

/** @param {{id: number}} props */
function Member({ id }) {
  const person = store.people.value.get(id);
  const name = nameOf(id);
  return html`<li class="person">
    <${Avatar} name=${name} seed=${id} size="avatar-sm" online=${person?.is_online ?? false} />
    <button type="button" class="person-main" aria-haspopup="dialog"
      onClick=${(/** @type {any} */ { currentTarget }) => openCard(currentTarget, id, person?.username)}>
      <bdi class="person-name">${name}${id === store.myId ? ` (${t("you")})` : ""}</bdi>
    </button>
  </li>`;
}

/** @param {Group} group */
function mute(group) {
  return screen.attempt(async () => {
    const muted = !group.muted;
    await api.call(muted ? "PUT" : "DELETE", `/groups/${group.id}/mute`);
    groupMuted({ group_id: group.id, muted });
    const { name } = group;
    screen.toast(
      muted ? t("@{name} no longer mentions you.", { name }) : t("@{name} can mention you again.", { name }),
    );
  });
}

// ---------------------------------------------------------------- making and changing them

/** @param {{group?: Group, may?: string[]}} props */
function EditGroup({ group, may = [] }) {
  const [members, setMembers] = useState(group?.members ?? []);
  const form = useForm(async ({ name }) => {
    if (group) await api.call("PATCH", `/groups/${group.id}`, { name, members });
    else await api.post("/groups", { name, members });
    await loadGroups();
    showAll();
    screen.toast(t("Group saved"));
  });
  return html`<form class="dialog-inner" onSubmit=${form.onSubmit}>
    <${Head} title=${group ? t("Edit group") : t("New group")} />
    <div class="dialog-body">
      <${Field} label=${t("Name")} name="name" required maxlength="50" autofocus=${!group} autocomplete="off"
        defaultValue=${group?.name ?? ""} hint=${t("Mentioned with @ and this name. Letters, digits, and . _ + -")} wrong=${form.wrong.name} />
      <${Picker} chosen=${members} choose=${setMembers} />
      ${form.wrong.members ? html`<p class="wrong" role="alert">${t(form.wrong.members[0])}</p>` : null}
      ${form.general ? html`<p class="wrong" role="alert">${form.general}</p>` : null}
    </div>
    <footer class="dialog-foot">
      ${
        group && may.includes("delete")
          ? html`<button type="button" class="button button-quiet foot-start" onClick=${() => remove(group)}>${t("Delete group")}</button>`
          : null
      }
      <button type="button" class="button button-quiet" onClick=${screen.closeDialog}>${t("Cancel")}</button>
      <button class="button button-primary" disabled=${form.busy}>${t("Save")}</button>
    </footer>
  </form>`;
}

/** @param {Group} group */
function remove(group) {
  return show(Confirm, {
    title: t("Delete @{name}?", { name: group.name }),
    text: t("Nobody can be mentioned by it any more. Messages that name it stay."),
    verb: t("Delete group"),
    run: () =>
      screen.attempt(async () => {
        await api.call("DELETE", `/groups/${group.id}`);
        await loadGroups();
      }),
  });
}

/** Who is chosen, and a field to find more people. @param {{chosen: number[], choose: (ids: number[]) => void}} props */
function Picker({ chosen, choose }) {
  const [text, setText] = useState("");
  const word = text.trim();
  useEffect(() => {
    if (!word) return;
    const timer = setTimeout(async () => {
      const answer = await api.get(`/users?limit=20&search=${encodeURIComponent(word)}`).catch(() => null);
      if (answer?.results.length) store.state.value = meet(store.state.value, answer.results);
    }, 150);
    return () => clearTimeout(timer);
  }, [word]);
  const others = [...store.people.value.values()].filter(
    ({ id, username }) => !chosen.includes(id) && !isDeleted(username),
  );
  const found = word ? findPeople(others, { sign: "@", word, start: 0, end: 0 }) : [];
  const add = (/** @type {number} */ id) => {
    choose([...chosen, id]);
    setText("");
  };
  return html`<fieldset class="plain"><legend class="sr">${t("Members")}</legend>
    <label class="field"><span>${t("Add people")}</span>
      <input class="input" type="search" maxlength="80" autocomplete="off" placeholder=${t("Name of a person")} value=${text}
        onInput=${(/** @type {any} */ event) => setText(event.target.value)}
        onKeyDown=${(/** @type {KeyboardEvent} */ event) => {
          if (event.key !== "Enter" || event.isComposing) return;
          event.preventDefault();
          if (found[0]?.person) add(found[0].person.id);
        }} />
    </label>
    ${word && !found.length ? html`<p>${t("No matches")}</p>` : null}
    <ul class="groups" aria-label=${t("Results")}>${found.map(
      ({ id, person, label, more }) =>
        person &&
        html`<li class="person" key=${id}><${Avatar} name=${label} seed=${person.id} size="avatar-sm" />
          <button type="button" class="person-main" onClick=${() => add(person.id)}>
            <bdi class="person-name">${label}</bdi><bdi class="person-more">${more}</bdi>
          </button><${Icon} name="plus" /></li>`,
    )}</ul>
    <h3 class="groups-title">${tn(chosen.length, "{count} member", "{count} members")}</h3>
    <ul class="groups">${chosen.map((id) => {
      const person = store.people.value.get(id);
      const name = person ? called(person) : nameOf(id);
      return html`<li class="person" key=${id}><${Avatar} name=${name} seed=${id} size="avatar-sm" />
        <span class="person-main"><bdi class="person-name">${name}</bdi></span>
        <${IconButton} icon="x" label=${t("Remove {name}", { name })} onClick=${() => choose(chosen.filter((one) => one !== id))} /></li>`;
    })}</ul>
  </fieldset>`;
}
