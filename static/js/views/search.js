// @ts-check
/** Search at the side: what was found in messages, and which people and chats are called so. */

import * as api from "chat/api.js";
import { iconOf, nameOfFile } from "chat/attachments.js";
import { fullTime, shortTime, t } from "chat/i18n.js";
import { nameOf } from "chat/people.js";
import * as query from "chat/query.js";
import * as screen from "chat/screen.js";
import * as search from "chat/search.js";
import * as store from "chat/store.js";
import { Avatar, below, ChatAvatar, Empty, html, Icon, IconButton, Menu, Skeleton } from "chat/ui.js";
import { FileName } from "chat/views/attachments.js";
import { focusComposer } from "chat/views/message.js";
import { Failure, PanelHead, ShowMore } from "chat/views/panel.js";
import { beginFilter, kinds, SearchField } from "chat/views/searchfield.js";
import { find } from "chat/views/switcher.js";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

/** @typedef {import("../query.js").Result} Result */

/** Within so many px of the end, more is loaded. */
const NEAR = 400;
/** Names are shown that begin with the words, or have them inside. */
const FITTING = 0.6;
/** So many people and chats, and files of a message. */
const [NAMES, FILES] = [4, 3];

export function Search() {
  const body = useRef(/** @type {HTMLElement | null} */ (null));
  const [menu, setMenu] = useState(/** @type {any} */ (null));
  const asked = search.query.value;
  const answer = search.answer.value;
  const { pages, next, partial, isAsking, isDone, failure } = answer;
  const groups = query.grouped(pages);
  const isAsked = query.isWorth(asked);
  const isEmpty = groups.length === 0;
  const links = () => /** @type {HTMLElement[]} */ ([...(body.current?.querySelectorAll("a.hit, .hits .row") ?? [])]);

  // ---- the place in the list, and the focus, are what they were
  const restore = () => {
    const link = /** @type {HTMLElement | null} */ (body.current?.querySelector(`[data-id="${search.place.opened}"]`));
    link?.focus({ preventScroll: true });
  };
  useLayoutEffect(() => {
    if (body.current) body.current.scrollTop = search.place.top;
    if (!search.calls.peek()) restore();
  }, []);
  useEffect(() => {
    const before = /** @type {HTMLElement | null} */ (
      document.activeElement?.closest("#panel") ? null : document.activeElement
    );
    addEventListener("popstate", restore);
    return () => {
      removeEventListener("popstate", restore);
      if (document.activeElement !== document.body || !matchMedia("(hover: hover)").matches) return;
      if (before?.isConnected && before !== document.body) before.focus({ preventScroll: true });
      else focusComposer();
    };
  }, []);
  useLayoutEffect(() => {
    if (isDone && body.current) body.current.scrollTop = search.place.top;
  }, [isDone]);

  const onScroll = () => {
    const box = body.current;
    if (!box) return;
    search.place.top = box.scrollTop;
    if (!partial && !failure && box.scrollHeight - box.scrollTop - box.clientHeight < NEAR) search.more();
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const all = links();
    const at = all.indexOf(/** @type {HTMLElement} */ (event.target));
    if (at < 0 || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
    event.preventDefault();
    const to = at + (event.key === "ArrowDown" ? 1 : -1);
    if (to < 0) document.getElementById("search-words")?.focus();
    else all[to]?.focus();
  };
  const open = (/** @type {Result} */ { message }) => {
    search.place.opened = message.id;
    search.remember();
    screen.go(message.chat, message.seq);
  };

  return html`<${PanelHead} back=${t("Back")} title=${html`<h2 class="sr">${t("Search")}</h2><${SearchField} toResults=${() => links()[0]?.focus()} />`} />
    ${
      isAsked
        ? html`<div class="search-tools">
            <div class="kinds" role="group" aria-label=${t("Order")}>
              ${
                /** @type {const} */ (["newest", "relevance"]).map(
                  (
                    order,
                  ) => html`<button type="button" key=${order} aria-pressed=${search.sort.value === order} onClick=${() => search.sortBy(order)}>
                  ${order === "newest" ? t("Newest first") : t("Best match first")}</button>`,
                )
              }
            </div>
            <${IconButton} icon="plus" label=${t("Add filter")} aria-haspopup="menu" onClick=${(/** @type {any} */ { currentTarget }) => setMenu(below(currentTarget))} />
            ${
              menu &&
              html`<${Menu} at=${menu} label=${t("Add filter")} onClose=${() => setMenu(null)}
                items=${kinds().map(({ name, label, icon }) => ({ label, icon, run: () => beginFilter(name) }))} />`
            }
          </div>`
        : null
    }
    <div class="panel-body" ref=${body} onScroll=${onScroll} onKeyDown=${onKeyDown} aria-busy=${isAsking}>
      ${isAsked ? html`<${Names} words=${asked.filters.length ? "" : query.settled(asked.words)} />` : html`<${Start} />`}
      ${isAsked && !isEmpty ? html`<p class="search-count">${search.inWords(answer)}</p>` : null}
      <div class="hits" data-old=${isAsking && !isDone}>${groups.map(
        ({ key, title, results }, index) => html`<section key=${`${key} ${index}`}>
          <h3><bdi>${store.chats.value.get(key)?.title ?? title}</bdi></h3>
          <ul>${results.map((result) => html`<li key=${result.message.id}><${Hit} result=${result} open=${open} /></li>`)}</ul></section>`,
      )}</div>
      ${isAsking && (!pages.length || isDone) ? html`<${Skeleton} />` : null}
      ${failure && html`<${Trouble} failure=${failure} />`}
      ${pages.length && isEmpty && !partial ? html`<${Nothing} />` : null}
      ${isDone && !isAsking && partial ? html`<${Partial} next=${next} isEmpty=${isEmpty} />` : null}
      <${ShowMore} hasMore=${next !== null && !partial && !isAsking && !failure} onClick=${search.more} />
    </div>`;
}

/** @param {{result: Result, open: (result: Result) => void}} props */
function Hit({ result, open }) {
  const { message, highlights } = result;
  const { id, chat, seq, user_id, timestamp, content, attachments = [] } = message;
  const name = nameOf(user_id, message.username);
  const parts = useMemo(() => query.excerpt(content, highlights), [content, highlights]);
  const { chat: openChat, seq: openSeq } = store.place.value;
  const isHere = openChat === chat && openSeq === seq;
  const onClick = (/** @type {MouseEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button) return; // another tab
    event.preventDefault();
    open(result);
  };
  return html`<a class="hit" href=${api.url(chat, seq)} data-id=${id} aria-current=${isHere ? "true" : undefined} onClick=${onClick}>
    <${Avatar} name=${name} seed=${user_id} picture=${message.avatar} size="avatar-sm" />
    <span class="hit-main">
      <span class="hit-line"><bdi class="hit-name">${name}</bdi>${" "}
        <time dateTime=${timestamp} title=${fullTime(timestamp)}>${shortTime(timestamp, new Date(store.now.value))}</time></span>
      ${
        parts.length
          ? html` <span class="hit-text" dir="auto">${parts.map(({ text, isFound }) => (isFound ? html`<mark>${text}</mark>` : text))}</span>`
          : null
      }
      ${attachments.length ? html` <${HitFiles} files=${attachments} />` : null}
    </span></a>`;
}

/** @param {{files: import("../attachments.js").Attachment[]}} props */
function HitFiles({ files }) {
  const pictures = files.filter(({ kind, thumb }) => thumb && (kind === "image" || kind === "video"));
  const others = files.filter((file) => !pictures.includes(file));
  const rest = files.length - Math.min(pictures.length, FILES) - Math.min(others.length, FILES);
  return html`<span class="hit-files">
    ${pictures.slice(0, FILES).map((file) => html`<img key=${file.id} src=${file.thumb} alt=${file.alt || nameOfFile(file)} loading="lazy" decoding="async" />`)}
    ${others.slice(0, FILES).map((file) => html`<span class="hit-file" key=${file.id}><${Icon} name=${iconOf(file)} /><${FileName} name=${nameOfFile(file)} /></span>`)}
    ${rest > 0 ? html`<span class="hit-rest">+${rest}</span>` : null}</span>`;
}

/** People and chats that are called so. @param {{words: string}} props */
function Names({ words }) {
  const hits = words ? find(words, FITTING) : [];
  if (!hits.length) return null;
  const shown = hits.slice(0, NAMES);
  return html`<section class="hits"><h3>${t("People and chats")}</h3><ul>${shown.map(
    ({ id, name, more, chat, person, run }) => html`<li key=${id}><button type="button" class="row" onClick=${() => {
      search.remember();
      run();
    }}>
      ${
        chat
          ? html`<${ChatAvatar} chat=${chat} person=${person} size="avatar-sm" />`
          : html`<${Avatar} name=${name} seed=${person?.id ?? id} size="avatar-sm" online=${person?.is_online ?? false} />`
      }
      <bdi class="row-title">${name}</bdi><span class="row-time">${more}</span></button></li>`,
  )}</ul></section>`;
}

/** Before there is a question: searches of before, and filters to begin with. */
function Start() {
  const recent = search.recent.value;
  return html`${
    recent.length
      ? html`<section class="search-start"><h3>${t("Recent searches")}</h3>
          <ul>${recent.map(
            (one) => html`<li key=${query.asText(one)}>
              <button type="button" class="row" onClick=${() => {
                search.ask(one, 0);
                search.calls.value += 1;
              }}><${Icon} name="clock" />
                <span class="row-title">${one.filters.map(
                  (filter) => html`<bdi class="filter">${query.nameOfFilter(filter)}</bdi> `,
                )}<bdi>${one.words}</bdi></span></button>
              <${IconButton} icon="x" label=${t("Forget search {words}", { words: [...one.filters.map(query.nameOfFilter), one.words].join(" ").trim() })}
                onClick=${() => search.forget(one)} /></li>`,
          )}</ul></section>`
      : null
  }
    <section class="search-start"><h3>${t("Filters")}</h3>
      <ul>${kinds().map(
        ({
          name,
          label,
          icon,
        }) => html`<li key=${name}><button type="button" class="row" onClick=${() => beginFilter(name)}>
          <${Icon} name=${icon} /><span class="row-title">${label}</span>${" "}<code>${query.names()[name]}:</code></button></li>`,
      )}</ul>
      <p class="panel-about">${t("“Words in quotes” are found in this order; a word after - is left out.")}</p></section>`;
}

function Nothing() {
  const { filters } = search.query.value;
  const place = filters.some(({ name }) => name === "in" || name === "with");
  const withoutPlace = () =>
    search.ask({ ...search.query.value, filters: filters.filter(({ name }) => name !== "in" && name !== "with") }, 0);
  return html`<${Empty} icon="search" title=${t("No messages found")}
      text=${t("Check the spelling, try fewer words, or only their beginnings.")}>
      ${place && search.query.value.words.trim() ? html`<button type="button" class="button" onClick=${withoutPlace}>${t("Search all chats")}</button>` : null}
      ${
        filters.length > (place ? 1 : 0)
          ? html`<button type="button" class="button" onClick=${() => search.ask({ ...search.query.value, filters: [] }, 0)}>${t("Remove all filters")}</button>`
          : null
      }</${Empty}>`;
}

/** Time was up before all was looked at. @param {{next: number | null, isEmpty: boolean}} props */
function Partial({ next, isEmpty }) {
  return html`<div class="panel-tools search-partial">
    <p>${isEmpty ? t("Nothing found so far: there is more to look through.") : t("Not all messages have been looked through yet.")}</p>
    ${
      next === null
        ? html`<p>${t("Add a filter, or try again in a moment.")}</p>`
        : html`<button type="button" class="button" onClick=${search.more}>${t("Search further")}</button>`
    }</div>`;
}

/** @param {{failure: import("../api.js").Refused}} props */
function Trouble({ failure }) {
  const again = () => (search.answer.value.pages.length ? search.more() : search.again());
  if (failure.status) return html`<${Failure} failure=${failure.sentence} load=${again} />`;
  return html`<div role="alert"><${Empty} icon="wifi-off" title=${t("Searching needs a connection")}
    text=${t("It goes on by itself when you're back online.")}><button type="button" class="button" onClick=${again}>${t("Try again")}</button></${Empty}></div>`;
}
