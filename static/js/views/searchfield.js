// @ts-check
/** The field to search with: filters that are taken out of what is typed, and what they may be completed to. */

import * as api from "chat/api.js";
import { findPeople } from "chat/complete.js";
import { fold, score } from "chat/fuzzy.js";
import { t, tn } from "chat/i18n.js";
import { called } from "chat/names.js";
import * as query from "chat/query.js";
import { nameOfRoom } from "chat/roomnames.js";
import * as search from "chat/search.js";
import { meet } from "chat/state.js";
import * as store from "chat/store.js";
import { Avatar, ChatAvatar, composing, html, Icon, IconButton } from "chat/ui.js";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

/**
 * @typedef {import("../query.js").Filter} Filter
 * @typedef {{id: string, label: string, more?: string, icon?: string, person?: import("../types.js").Person, chat?: import("../types.js").Chat, run: () => void}} Offer
 */

const MOST = 8;
/** As many characters as the server takes, with some filters. */
const LONGEST = 300;

/** Filters to begin with, and what each is for. */
export const kinds = () => [
  { name: "from", icon: "user", label: t("From a person") },
  { name: "in", icon: "hash", label: t("In a chat") },
  { name: "with", icon: "users", label: t("In a private chat with a person") },
  { name: "has", icon: "paperclip", label: t("With a file, link or reaction") },
  { name: "is", icon: "bookmark", label: t("Saved or pinned") },
  { name: "on", icon: "calendar", label: t("On a day") },
  { name: "before", icon: "calendar", label: t("Before a day") },
  { name: "after", icon: "calendar", label: t("After a day") },
];

/** Begin a filter: its name stands at the end of the field, and values are offered. @param {string} name */
export function beginFilter(name) {
  const words = query.settled(search.query.value.words);
  search.ask({ ...search.query.value, words: `${words && `${words} `}${query.names()[name]}:` });
  search.calls.value += 1;
}

/** @param {string} one @param {string} other */
const isSame = (one, other) => fold(one) === fold(other);

/** Whom and what this tab knows, by name. */
const KNOWN = {
  /** @param {string} name */
  person: (name) => {
    if (name.toLowerCase() === "me") return { value: "me", label: t("you") };
    const all = [...store.people.value.values()];
    const found =
      all.find(({ username }) => isSame(username, name)) ?? all.find(({ display_name }) => isSame(display_name, name));
    return found ? { value: found.username, label: called(found) } : null;
  },
  /** @param {string} name */
  chat: (name) => {
    const all = [...store.chats.value.values()];
    const found =
      all.find(({ key }) => key === name) ??
      all.find(({ title }) => isSame(title, name)) ??
      all.find(({ title, kind }) => kind === "room" && nameOfRoom(title) === nameOfRoom(name));
    return found ? { value: found.key, label: found.title } : null;
  },
};

/** @param {{toResults: () => void}} props `toResults`: the focus goes there */
export function SearchField({ toResults }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const [choice, setChoice] = useState(/** @type {{of: string, id: string} | null} */ (null));
  const [closed, setClosed] = useState(""); // what was typed when the list was closed
  const [day, setDay] = useState(/** @type {query.Typed | null} */ (null)); // a day is being chosen for it
  const { filters, words } = search.query.value;
  const typed = query.pending(words);

  const calls = search.calls.value;
  useLayoutEffect(() => {
    if (!calls) return;
    input.current?.focus();
    input.current?.setSelectionRange(query.pending(words) ? words.length : 0, words.length);
    search.calls.value = 0;
  }, [calls]);

  /** @param {Filter} filter @param {string} rest */
  const add = (filter, rest) => {
    setDay(null);
    search.ask({ filters: query.withFilter(filters, filter), words: rest }, 0);
    input.current?.focus();
  };
  const remove = (/** @type {Filter} */ filter) => {
    search.ask({ filters: filters.filter((one) => one !== filter), words }, 0);
    store.announce(t("Filter removed: {filter}", { filter: query.nameOfFilter(filter) }));
    input.current?.focus();
  };
  const write = (/** @type {string} */ text, isAll = false) => {
    const { filters: more, words: rest } = query.taken(text, KNOWN, isAll);
    // What was left as it is, is text.
    const left = isAll && query.pending(rest) ? `${rest} ` : rest;
    search.ask({ filters: more.reduce(query.withFilter, filters), words: left }, isAll || more.length ? 0 : undefined);
  };

  const found = useOffers(typed, {
    take: (filter) => typed && add(filter, words.slice(0, typed.start)),
    chooseDay: () => setDay(typed),
  });
  const hints = typed ? [] : hintsFor(words);
  const offers = words === closed || day ? [] : typed ? found : hints;
  const chosenId = choice?.of === words ? choice.id : null;
  const at = offers.findIndex(({ id }) => id === chosenId);
  // A value is meant by what was typed; the name of an operator may as well be a word.
  const chosen = at < 0 && typed ? 0 : at;
  const isOpen = offers.length > 0;
  const choose = (/** @type {number} */ index) =>
    setChoice({ of: words, id: offers[(index + offers.length) % offers.length].id });
  useEffect(() => {
    if (isOpen && typed)
      store.announce(
        tn(
          offers.length,
          "{count} suggestion. Press Enter to insert it.",
          "{count} suggestions. Choose with the arrow keys, press Enter to insert.",
        ),
      );
  }, [isOpen && typed?.name, offers.length]);
  useLayoutEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [chosen]);

  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (composing(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const { selectionStart, selectionEnd } = /** @type {HTMLInputElement} */ (event.target);
    const last = filters.at(-1);
    if (isOpen && event.key === "ArrowDown") choose(chosen + 1);
    else if (isOpen && event.key === "ArrowUp") choose(chosen < 0 ? -1 : chosen - 1);
    else if (isOpen && chosen >= 0 && (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)))
      offers[chosen].run();
    else if (isOpen && event.key === "Escape") setClosed(words);
    else if (event.key === "Enter") {
      write(words, true);
      search.remember();
    } else if (event.key === "ArrowDown") toResults();
    else if (event.key === "Backspace" && last && !selectionStart && !selectionEnd) remove(last);
    else return;
    event.preventDefault();
  };
  const isEmpty = !filters.length && !words;
  return html`<form class="search-field" role="search" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    <div class="search-box" onClick=${(/** @type {any} */ { target }) => target.matches("div") && input.current?.focus()}>
      <${Icon} name="search" />
      <div class="search-words">${filters.map(
        (filter) => html`<span class="filter" key=${query.nameOfFilter(filter)}>
          <bdi><span class="filter-name">${filter.isExcluded ? "−" : ""}${query.names()[filter.name]}:</span> ${filter.label}</bdi>
          <button type="button" aria-label=${t("Remove filter {filter}", { filter: query.nameOfFilter(filter) })} onClick=${() => remove(filter)}>
            <${Icon} name="x" /></button></span>`,
      )}
      <input type="text" role="combobox" id="search-words" ref=${input} value=${words} maxlength=${LONGEST} enterkeyhint="search"
        autocomplete="off" autocapitalize="off" spellcheck=${false} aria-label=${t("Search messages")}
        placeholder=${filters.length ? "" : t("Search messages")} aria-autocomplete="list" aria-expanded=${isOpen}
        aria-controls=${isOpen ? "search-offers" : undefined} aria-activedescendant=${isOpen && chosen >= 0 ? `search-${offers[chosen].id}` : undefined}
        onKeyDown=${onKeyDown} onBlur=${() => setClosed(words)} onFocus=${() => setClosed("")}
        onInput=${(/** @type {any} */ event) => {
          setClosed("");
          write(event.target.value);
        }} /></div>
      ${
        isEmpty
          ? null
          : html`<${IconButton} icon="x" label=${t("Clear search")} class="search-clear" onClick=${() => {
              setDay(null);
              search.ask({ filters: [], words: "" }, 0);
              input.current?.focus();
            }} />`
      }
    </div>
    ${
      isOpen
        ? html`<div class="suggest" role="listbox" id="search-offers" ref=${list} aria-label=${t("Suggestions")}>${offers.map(
            (
              offer,
              index,
            ) => html`<div class="offer" role="option" key=${offer.id} id=${`search-${offer.id}`} aria-selected=${index === chosen}
              onPointerMove=${() => index !== chosen && choose(index)}
              onPointerDown=${(/** @type {Event} */ event) => event.preventDefault()} onClick=${offer.run}>
              ${
                offer.person
                  ? html`<${Avatar} name=${offer.label} seed=${offer.person.id} picture=${offer.person.avatar} size="avatar-sm" />`
                  : offer.chat
                    ? html`<${ChatAvatar} chat=${offer.chat} size="avatar-sm" quiet />`
                    : html`<span class="offer-icon"><${Icon} name=${offer.icon} /></span>`
              }
              <bdi class="offer-label">${offer.label}</bdi><span class="offer-more">${offer.more}</span></div>`,
          )}</div>`
        : null
    }
    ${
      day &&
      html`<${DayField} typed=${day} take=${(/** @type {Filter} */ filter) => add(filter, words.slice(0, day.start))}
        close=${() => {
          setDay(null);
          input.current?.focus();
        }} />`
    }
  </form>`;
}

/** A day from the browser's own calendar. @param {{typed: query.Typed, take: (filter: Filter) => void, close: () => void}} props */
function DayField({ typed, take, close }) {
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => {
    field.current?.focus();
  }, []);
  const choose = () => {
    const filter = query.filterOf({ ...typed, value: field.current?.value ?? "" }, KNOWN);
    if (filter) take(filter);
    else field.current?.focus();
  };
  return html`<div class="search-day">
    <label><span>${kinds().find(({ name }) => name === typed.name)?.label}</span>
      <input type="date" class="input" ref=${field} onKeyDown=${(/** @type {KeyboardEvent} */ event) => {
        if (event.key === "Enter") choose();
        else if (event.key === "Escape") close();
        else return;
        event.preventDefault();
      }} /></label>
    <button type="button" class="button" onClick=${choose}>${t("Apply filter")}</button></div>`;
}

/** Operators that a word may be the beginning of. @param {string} words @returns {Offer[]} */
function hintsFor(words) {
  const [, letters = ""] = /(?:^|\s)(\p{L}{2,})$/u.exec(words) ?? [];
  if (!letters) return [];
  return query.operatorsLike(letters).flatMap((name) => {
    const kind = kinds().find((one) => one.name === name);
    const run = () => {
      search.ask({ ...search.query.value, words: words.slice(0, -letters.length) });
      beginFilter(name);
    };
    return kind ? [{ id: name, label: kind.label, more: `${query.names()[name]}:`, icon: kind.icon, run }] : [];
  });
}

/**
 * Values for the operator that is being typed.
 * @param {query.Typed | null} typed @param {{take: (filter: Filter) => void, chooseDay: () => void}} then
 * @returns {Offer[]}
 */
function useOffers(typed, { take, chooseDay }) {
  const name = typed?.name ?? "";
  const word = (typed?.value ?? "").replace(/^[@#]/, "");
  const isAboutPeople = query.isOfPerson(name);
  useEffect(() => {
    if (!isAboutPeople || !word) return;
    const timer = setTimeout(async () => {
      const answer = await api.get(`/users?limit=20&search=${encodeURIComponent(word)}`).catch(() => null);
      if (answer?.results.length) store.state.value = meet(store.state.value, answer.results);
    }, 150);
    return () => clearTimeout(timer);
  }, [isAboutPeople, word]);
  if (!typed) return [];
  const isExcluded = typed.isExcluded ? { isExcluded: true } : {};
  /** @param {query.Choice} choice */
  const taking =
    ({ value, label }) =>
    () =>
      take({ name, value, label, ...isExcluded });
  if (isAboutPeople) {
    const withMe = [...store.chats.value.values()].flatMap(({ peer }) => (peer ? [peer.id] : []));
    const people = [...store.people.value.values()].filter(({ id }) => name !== "with" || withMe.includes(id));
    return findPeople(people, { sign: "@", word, start: 0, end: 0 }).map(({ id, label, more, person }) => ({
      id,
      label: person?.id === store.me.value?.id ? `${label} (${t("you")})` : label,
      more,
      person,
      run: taking({ value: person?.username ?? "", label }),
    }));
  }
  if (name === "in")
    return [...store.chats.value.values()]
      .map((chat) => ({ chat, rank: score(word, chat.title) }))
      .filter(({ rank }) => rank >= (word ? 0.3 : 0))
      .sort((a, b) => b.rank - a.rank || (b.chat.active ?? 0) - (a.chat.active ?? 0))
      .slice(0, MOST)
      .map(({ chat }) => ({
        id: chat.key.replace(":", "-"),
        label: chat.title,
        more: chat.peer ? `@${chat.peer.username}` : "",
        chat,
        run: taking({ value: chat.key, label: chat.title }),
      }));
  const fits = (/** @type {query.Choice} */ { value, label }) =>
    !word || score(word, value) >= 0.6 || score(word, label) >= 0.6;
  const icon = kinds().find((kind) => kind.name === name)?.icon;
  const offers = [...(query.isOfDay(name) ? query.namedDays() : query.choices(name))].filter(fits).map((choice) => ({
    id: choice.value,
    label: choice.label,
    icon,
    run: taking(choice),
  }));
  if (!query.isOfDay(name)) return offers;
  const day = query.dayOf(word);
  if (day && !offers.length) return [{ id: "day", label: day.label, more: day.value, icon, run: taking(day) }];
  return [...offers, { id: "choose-day", label: t("Choose a day…"), icon, run: chooseDay }];
}
