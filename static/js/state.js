// @ts-check
/**
 * Everything the client knows, and how each frame changes it. Pure: no clock, no network, no page.
 *
 * @typedef {import("./types.js").Chat} Chat
 * @typedef {import("./types.js").Frame} Frame
 * @typedef {import("./types.js").JoinRequest} JoinRequest
 * @typedef {import("./types.js").Message} Message
 * @typedef {import("./types.js").Page} Page
 * @typedef {import("./types.js").Person} Person
 * @typedef {import("./timeline.js").Timeline} Timeline
 *
 * @typedef {{name: string, until: number}} Typist `until` in ms since 1970
 * @typedef {{after: number, kind: "joined" | "left", id: number, name: string}} Line "Ann joined", below the message `after`
 *
 * @typedef {object} State
 * @property {string | null} epoch the epoch that all of this is of
 * @property {Person | null} me
 * @property {Map<string, Chat>} chats by key
 * @property {Map<number, Person>} people by id
 * @property {Map<string, Timeline>} timelines by chat
 * @property {Map<string, Message[]>} recent the last live changes by chat, for pages that were requested before them
 * @property {Map<string, Message[]>} syncing pages of an unfinished `sync`, by chat
 * @property {Map<string, Map<number, Typist>>} typing by chat, then person
 * @property {Map<string, JoinRequest[]>} requests by chat
 * @property {Map<string, Line[]>} lines by chat
 * @property {Map<string, string | null>} gone chats one was removed from, and why; null: one left
 */
import { called } from "chat/names.js";
import * as timeline from "chat/timeline.js";

/** How long a `user_typing` frame holds, in ms. */
export const TYPING = 5000;
const RECENT = 100;

/** @returns {State} */
export function empty() {
  return {
    epoch: null,
    me: null,
    chats: new Map(),
    people: new Map(),
    timelines: new Map(),
    recent: new Map(),
    syncing: new Map(),
    typing: new Map(),
    requests: new Map(),
    lines: new Map(),
    gone: new Map(),
  };
}

/**
 * A copy of a map with one entry set, or taken out (`undefined`).
 * @template K, V
 * @param {Map<K, V>} map @param {K} key @param {V | undefined} value
 * @returns {Map<K, V>}
 */
export function put(map, key, value) {
  const copy = new Map(map);
  if (value === undefined) copy.delete(key);
  else copy.set(key, value);
  return copy;
}

/** @param {State} state @param {string} key @param {Partial<Chat>} change @returns {State} */
function changeChat(state, key, change) {
  const chat = state.chats.get(key);
  return chat ? { ...state, chats: put(state.chats, key, { ...chat, ...change }) } : state;
}

/** @type {{[Type in Frame["type"]]?: (state: State, frame: Extract<Frame, {type: Type}>, now: number) => State}} */
const REDUCERS = {
  connection_established: (state, frame, now) =>
    greet({ ...(isAnother(state, frame) ? empty() : state), epoch: frame.epoch ?? null }, frame.user, frame.chats, now),
  message: posted,
  message_updated: changed,
  message_deleted: changed,
  synced,
  lagged: (state, frame) => frame.chats.reduce(miss, state),
  user_typing: typed,
  user_status: status,
  user_updated: renamed,
  status_changed: declared,
  user_joined: (state, frame) => (frame.member ? line(met(regrouped(state, frame), frame), frame, "joined") : state),
  user_left: (state, frame) => line(regrouped(state, frame), frame, "left"),
  read,
  room_joined: entered,
  room_left: (state, frame) => left(state, frame.chat, null),
  removed: (state, frame) => left(state, frame.chat, frame.reason ?? ""),
  join_request: asked,
  join_decided: decided,
  chat_updated: updated,
  notify_changed: (state, frame) =>
    changeChat(state, frame.chat, { ignore_everyone: frame.ignore_everyone || undefined }),
};

/** The state after a frame; the same object if the frame changes nothing. @param {State} state @param {Frame} frame @param {number} now */
export function reduce(state, frame, now) {
  const reducer = Object.hasOwn(REDUCERS, frame.type) ? /** @type {any} */ (REDUCERS[frame.type]) : null;
  return reducer ? reducer(state, frame, now) : state;
}

/** Whether an answer or frame is of another epoch than the state: then nothing in the state is valid. @param {State} state @param {{[field: string]: any}} found */
export function isAnother(state, { epoch }) {
  return state.epoch !== null && epoch !== undefined && epoch !== state.epoch;
}

/** A chat as the server has it, with what the client keeps of its own. @param {Chat} chat @param {number} active @returns {Chat} */
function fresh(chat, active) {
  // Without `reads`: they are loaded again where they are shown.
  const counted = { version: chat.version, seq: chat.last_seq };
  const title = chat.peer ? called(chat.peer) : chat.title;
  return { ...chat, title, archived: chat.archived ?? false, active, counted };
}

/** @param {State} state @param {Person} me @param {Chat[]} list the latest activity first @param {number} now @returns {State} */
function greet(state, me, list, now) {
  const chats = new Map();
  let active = now;
  for (const chat of list) {
    // A chat without messages stands where the server has it: below the one before it.
    active = chat.last_message ? Date.parse(chat.last_message.timestamp) : active - 1;
    chats.set(chat.key, fresh(chat, active));
  }
  // What is known of other people may be out of date: it is loaded again where it is shown.
  /** @type {Map<number, Person>} */
  const people = new Map([...state.people].map(([id, person]) => [id, { ...person, isPartial: true }]));
  people.set(me.id, me);
  for (const { peer } of list) if (peer) people.set(peer.id, peer);
  const timelines = new Map();
  for (const [key, found] of state.timelines) {
    const chat = chats.get(key);
    if (chat) timelines.set(key, chat.version > found.version ? { ...found, stale: true } : found);
  }
  // Where a chat changed meanwhile, recent messages are not what its counts are of.
  const same = [...chats].filter(([key, chat]) => state.chats.get(key)?.version === chat.version);
  const recent = within(state.recent, new Map(same));
  const lines = within(state.lines, chats);
  const known = { ...state, me, chats, people, timelines, recent, lines };
  // Who asks to join may be others by now: their list is loaded again where it shows.
  return { ...known, requests: new Map(), typing: new Map(), syncing: new Map() };
}

/**
 * The entries of these chats.
 * @template T
 * @param {Map<string, T>} map @param {Map<string, Chat>} chats
 * @returns {Map<string, T>}
 */
const within = (map, chats) => new Map([...map].filter(([key]) => chats.has(key)));

/** @param {State} state @param {string} key */
function miss(state, key) {
  const found = state.timelines.get(key);
  return found
    ? { ...state, timelines: put(state.timelines, key, { ...found, stale: true }) }
    : changeChat(state, key, { missed: true });
}

/** @param {State} state @param {import("./types.js").MessageFrame} frame @returns {State} */
function posted(state, { type: _, ...frame }) {
  const message = /** @type {Message} */ (frame);
  let next = recount(live(state, message), message.chat, [message], state);
  const chat = next.chats.get(message.chat);
  if (chat && message.seq > chat.last_seq) next = advance(next, chat, message);
  // Who writes has read what was said before.
  if (chat?.reads && message.user_id !== state.me?.id && chat.reads.some((mark) => mark.user_id === message.user_id))
    next = readBy(next, chat.key, [message]);
  if (!next.people.has(message.user_id))
    next = { ...next, people: put(next.people, message.user_id, stranger(message)) };
  return still(next, message.chat, message.user_id);
}

/** @param {Message} message @returns {Person} */
function stranger(message) {
  const { user_id: id, username, display_name = "", avatar = null } = message;
  return { id, username, display_name, avatar, is_online: false, isPartial: true };
}

/** A chat after its newest message. @param {State} state @param {Chat} chat @param {Message} message */
function advance(state, chat, message) {
  return changeChat(state, chat.key, {
    last_message: message,
    active: Date.parse(message.timestamp),
    last_seq: message.seq,
    version: Math.max(chat.version, message.version),
  });
}

/**
 * Update a chat's counts by changes that they don't include yet; changes that they do include are ignored.
 * @param {State} state @param {string} key
 * @param {Message[]} changes in any order, one message perhaps several times
 * @param {State} [before] what was known before them
 * @returns {State}
 */
function recount(state, key, changes, before = state) {
  const chat = state.chats.get(key);
  if (!chat) return state;
  let { last_read_seq, unread_count, mention_count, doubtful } = chat;
  const from = chat.counted ?? { version: chat.version, seq: chat.last_seq };
  /** @type {Map<number, Message>} each as it is now, by position */
  const later = new Map();
  for (const message of changes)
    if (message.version > Math.max(from.version, later.get(message.seq)?.version ?? 0)) later.set(message.seq, message);
  if (!later.size) return state;
  const me = state.me?.id ?? 0;
  const counted = { ...from };
  for (const message of [...later.values()].sort((a, b) => a.seq - b.seq)) {
    counted.version = Math.max(counted.version, message.version);
    counted.seq = Math.max(counted.seq, message.seq);
    if (message.seq > from.seq && message.user_id === me) {
      last_read_seq = message.seq;
      unread_count = mention_count = 0;
    } else if (message.seq > last_read_seq && message.user_id !== me) {
      // For a message that isn't known here, the server sends a `read` frame to those whose counts it changes.
      const found = message.seq > from.seq ? null : known(before, chat, message.seq, from.version);
      if (found === undefined && mayHaveChanged(message, chat)) doubtful = true;
      const was = found === undefined ? { ...message, deleted_at: deletedBefore(message) } : found;
      unread_count += counts(message) - counts(was);
      mention_count += mentions(message, me, chat) - mentions(was, me, chat);
    }
  }
  unread_count = Math.max(0, unread_count);
  mention_count = Math.max(0, mention_count);
  return changeChat(state, key, { last_read_seq, unread_count, mention_count, counted, doubtful });
}

/** When a message was deleted, if it changed after that, by a reply to it; otherwise null. @param {Message} message */
const deletedBefore = ({ deleted_at, last_reply_at }) =>
  deleted_at && last_reply_at && last_reply_at > deleted_at ? deleted_at : null;

/** @param {Message | null} message */
const counts = (message) => (message && !message.deleted_at ? 1 : 0);

/** Whether a message mentions a person: by name, or as one of all, unless they ignore that. @param {Message | null} message @param {number} me @param {Partial<Chat>} [chat] */
export const isMention = (message, me, chat) =>
  Boolean(message?.mentions?.includes(me) || (message?.mention_all && !chat?.ignore_everyone));

/** @param {Message | null} message @param {number} me @param {Chat} chat */
const mentions = (message, me, chat) => (isMention(message, me, chat) ? 1 : 0);

/** Whether a change of a message that is not known here may have added or removed `mention_all`: no `read` frame tells of that, as it would go to everybody. @param {Message} message @param {Chat} chat */
const mayHaveChanged = (message, chat) =>
  Boolean(message.edited_at || message.deleted_at) &&
  !chat.ignore_everyone &&
  Boolean(message.mention_all || chat.mention_count);

/** A message as it was at a version of its chat, as far as it is known. @param {State} state @param {Chat} chat @param {number} seq @param {number} version */
function known(state, chat, seq, version) {
  const found = state.timelines.get(chat.key);
  const shown = found && !found.stale ? timeline.at(found, seq) : null;
  const all = [...(state.recent.get(chat.key) ?? []), chat.last_message, shown];
  return all
    .filter((message) => message?.seq === seq && message.version <= version)
    .reduce((best, message) => ((best?.version ?? 0) > (message?.version ?? 0) ? best : message), undefined);
}

/** @param {State} state @param {import("./types.js").MessageFrame} frame @returns {State} */
function changed(state, { type: _, ...frame }) {
  const message = /** @type {Message} */ (frame);
  const next = recount(live(state, message), message.chat, [message], state);
  const chat = next.chats.get(message.chat);
  if (!chat) return next;
  const last_message = chat.last_message?.id === message.id ? message : chat.last_message;
  return changeChat(next, chat.key, { last_message, version: Math.max(chat.version, message.version) });
}

/**
 * The reactions to a message as an answer has them, unless the message changed after `version`: that change may be newer.
 * @param {State} state @param {string} key @param {number} id @param {number} version @param {Message["reactions"]} reactions
 */
export function reacted(state, key, id, version, reactions) {
  const found = state.timelines.get(key);
  if (!found || timeline.byId(found, id)?.version !== version) return state;
  const messages = found.messages.map((message) => (message.id === id ? { ...message, reactions } : message));
  return { ...state, timelines: put(state.timelines, key, { ...found, messages }) };
}

/** Put a live change into its timeline, and keep it for a page that is being loaded. @param {State} state @param {Message} message */
function live(state, message) {
  const recent = [...(state.recent.get(message.chat) ?? []), message].slice(-RECENT);
  const next = { ...state, recent: put(state.recent, message.chat, recent) };
  const found = state.timelines.get(message.chat);
  if (!found || (found.stale && message.seq > timeline.lastSeq(found))) return next;
  const merged = timeline.merge(found, [message]);
  const version = found.stale ? found.version : Math.max(found.version, message.version);
  return { ...next, timelines: put(state.timelines, message.chat, { ...merged, version }) };
}

/** @param {State} state @param {Extract<Frame, {type: "synced"}>} frame */
function synced(state, frame) {
  if (isAnother(state, frame)) return state; // the server will close the socket; the next one begins with that epoch
  if (frame.reset) return drawAnew(state, frame);
  const pages = [...(state.syncing.get(frame.chat) ?? []), ...frame.messages];
  if (frame.has_more) return { ...state, syncing: put(state.syncing, frame.chat, pages) };
  const recent = put(state.recent, frame.chat, [...(state.recent.get(frame.chat) ?? []), ...pages].slice(-RECENT));
  let next = { ...state, recent, syncing: put(state.syncing, frame.chat, undefined) };
  const found = state.timelines.get(frame.chat);
  if (found) {
    // What was missed is added below what is being read, and must not push any of it out.
    const held = timeline.merge({ ...found, follow: false }, pages);
    const merged = timeline.merge(held, state.recent.get(frame.chat) ?? []);
    const fresh = { ...merged, follow: found.follow, version: Math.max(frame.version, found.version), stale: false };
    next = { ...next, timelines: put(next.timelines, frame.chat, fresh) };
  }
  const chat = next.chats.get(frame.chat);
  if (!chat) return next;
  const newest = pages.reduce((best, message) => (message.seq > (best?.seq ?? 0) ? message : best), chat.last_message);
  const last = pages.findLast((message) => message.id === newest?.id) ?? newest;
  const last_seq = Math.max(chat.last_seq, frame.last_seq);
  const version = Math.max(chat.version, frame.version);
  next = recount(next, chat.key, pages, state);
  return changeChat(next, chat.key, { last_message: last, last_seq, version, missed: false });
}

/** Replace all that is known of a chat by what this frame has. @param {State} state @param {{chat: string, messages: Message[], version: number, last_seq: number}} frame */
function drawAnew(state, { chat: key, messages, version, last_seq }) {
  const recent = put(state.recent, key, undefined);
  const syncing = put(state.syncing, key, undefined);
  const found = state.timelines.get(key);
  const page = { messages, version, last_seq, has_more: true, has_newer: false, epoch: state.epoch ?? "" };
  const timelines = found
    ? put(state.timelines, key, { ...timeline.fromPage(page), follow: found.follow })
    : state.timelines;
  const last_read_seq = Math.min(state.chats.get(key)?.last_read_seq ?? 0, last_seq);
  return changeChat({ ...state, recent, syncing, timelines }, key, {
    last_message: messages.at(-1) ?? null,
    last_seq,
    version,
    last_read_seq,
    unread_count: last_seq - last_read_seq,
    counted: { version, seq: last_seq },
    missed: false,
  });
}

/** @param {State} state @param {{chat: string, user_id: number, username: string, display_name?: string, typing: boolean}} frame @param {number} now */
function typed(state, frame, now) {
  if (frame.user_id === state.me?.id) return state;
  if (!frame.typing) return still(state, frame.chat, frame.user_id);
  const typists = put(state.typing.get(frame.chat) ?? new Map(), frame.user_id, {
    name: called(frame),
    until: now + TYPING,
  });
  return { ...state, typing: put(state.typing, frame.chat, typists) };
}

/** Somebody stopped typing. @param {State} state @param {string} key @param {number} id @returns {State} */
function still(state, key, id) {
  const typists = state.typing.get(key);
  if (!typists?.has(id)) return state;
  const left = put(typists, id, undefined);
  return { ...state, typing: put(state.typing, key, left.size ? left : undefined) };
}

/** Drop those whose typing timed out. @param {State} state @param {number} now @returns {State} */
export function tick(state, now) {
  let next = state;
  for (const [key, typists] of state.typing)
    for (const [id, { until }] of typists) if (until <= now) next = still(next, key, id);
  return next;
}

/** @param {State} state @param {Extract<Frame, {type: "user_status"}>} frame @returns {State} */
function status(state, frame) {
  const known = state.people.get(frame.user_id);
  const person = {
    ...(known ?? { id: frame.user_id, display_name: frame.display_name ?? "", isPartial: true }),
    username: frame.username,
    is_online: frame.is_online,
    last_seen: frame.last_seen,
  };
  let next = { ...state, people: put(state.people, frame.user_id, person) };
  if (frame.online_count !== undefined) next = changeChat(next, "general", { online_count: frame.online_count });
  for (const { key, peer } of state.chats.values())
    if (peer?.id === frame.user_id) next = changeChat(next, key, { online_count: frame.is_online ? 2 : 1 });
  return next;
}

/** Somebody has other names or another picture now; a private chat has the other person's name as its title. @param {State} state @param {Extract<Frame, {type: "user_updated"}>} frame @returns {State} */
function renamed(state, { user_id, username, display_name, avatar }) {
  const names = { username, display_name, avatar };
  const known = state.people.get(user_id);
  const me = state.me?.id === user_id ? { ...state.me, ...names } : state.me;
  const people = put(state.people, user_id, { id: user_id, is_online: false, ...known, ...names });
  let next = { ...state, me, people };
  for (const chat of state.chats.values())
    if (chat.peer?.id === user_id)
      next = changeChat(next, chat.key, { title: called(names), peer: { ...chat.peer, ...names } });
  return next;
}

/** Somebody has another status, or none. @param {State} state @param {Extract<Frame, {type: "status_changed"}>} frame @returns {State} */
function declared(state, { user_id, status }) {
  const now = { status: status ?? undefined };
  const known = state.people.get(user_id);
  const me = state.me?.id === user_id ? { ...state.me, ...now } : state.me;
  const people = known ? put(state.people, user_id, { ...known, ...now }) : state.people;
  let next = { ...state, me, people };
  for (const chat of state.chats.values())
    if (chat.peer?.id === user_id) next = changeChat(next, chat.key, { peer: { ...chat.peer, ...now } });
  return next;
}

/** A new member, if not known yet. @param {State} state @param {{user_id: number, username: string, display_name?: string}} frame @returns {State} */
function met(state, { user_id, username, display_name }) {
  if (state.people.get(user_id)?.display_name || !display_name) return state;
  const known = state.people.get(user_id) ?? { id: user_id, is_online: true, isPartial: true };
  return { ...state, people: put(state.people, user_id, { ...known, username, display_name }) };
}

/** Others are in the chat now: how far each has read is loaded again where it is shown. @param {State} state @param {{chat: string}} frame */
function regrouped(state, { chat }) {
  return state.chats.get(chat)?.reads ? changeChat(state, chat, { reads: undefined }) : state;
}

/** @param {State} state @param {{chat: string, user_id: number, username: string, display_name?: string}} frame @param {"joined" | "left"} kind */
function line(state, frame, kind) {
  const after = state.chats.get(frame.chat)?.last_seq ?? 0;
  // If somebody joins and leaves repeatedly, the last line is enough.
  const others = (/** @type {Line} */ row) => row.after !== after || row.id !== frame.user_id;
  const lines = (state.lines.get(frame.chat) ?? []).filter(others);
  const row = { after, kind, id: frame.user_id, name: called(frame) };
  return { ...state, lines: put(state.lines, frame.chat, [...lines, row].slice(-200)) };
}

/** Others have read at least up to these positions. @param {State} state @param {string} key @param {import("./types.js").Mark[]} marks */
export function readBy(state, key, marks) {
  const reads = new Map(state.chats.get(key)?.reads?.map((mark) => [mark.user_id, mark.seq]));
  for (const { user_id, seq } of marks) reads.set(user_id, Math.max(seq, reads.get(user_id) ?? 0));
  return changeChat(state, key, { reads: [...reads].map(([user_id, seq]) => ({ user_id, seq })) });
}

/** @param {State} state @param {{chat: string, user_id: number, seq: number, unread_count?: number, mention_count?: number, version?: number, last_seq?: number}} frame */
function read(state, frame) {
  const chat = state.chats.get(frame.chat);
  if (!chat) return state;
  if (frame.user_id !== state.me?.id) {
    return chat.reads ? readBy(state, chat.key, [frame]) : state; // otherwise they are not loaded yet
  }
  const next = changeChat(state, chat.key, {
    last_read_seq: frame.seq,
    unread_count: frame.unread_count ?? Math.max(0, chat.last_seq - frame.seq),
    mention_count: frame.mention_count ?? chat.mention_count,
  });
  if (frame.version === undefined) return next;
  // It may come before changes that its counts include, or after some that they don't.
  const counted = { version: frame.version, seq: frame.last_seq ?? chat.last_seq };
  const sure = changeChat(next, chat.key, { counted, doubtful: undefined });
  return recount(sure, chat.key, state.recent.get(chat.key) ?? []);
}

/** This tab has shown everything up to `seq`: count it as read before the server does. @param {State} state @param {string} key @param {number} seq */
export function seen(state, key, seq) {
  const chat = state.chats.get(key);
  if (!chat || seq <= chat.last_read_seq) return state;
  const me = state.me?.id ?? 0;
  const shown = state.timelines.get(key)?.messages ?? [];
  const read = shown.filter((message) => message.seq > chat.last_read_seq && message.seq <= seq);
  const others = read.filter((message) => message.user_id !== me && !message.deleted_at);
  const left = chat.last_seq - seq; // a limit, if not all these messages are loaded; the server will send the number
  const isWhole = read.length === seq - chat.last_read_seq;
  const unread_count = Math.max(0, Math.min(left, isWhole ? chat.unread_count - others.length : chat.unread_count));
  const named = isWhole ? others.filter((message) => isMention(message, me, chat)).length : 0;
  const mention_count = Math.max(0, Math.min(unread_count, chat.mention_count - named));
  return changeChat(state, key, { last_read_seq: seq, unread_count, mention_count });
}

/** @param {State} state @param {{chat: string, summary?: Chat}} frame @param {number} now @returns {State} */
function entered(state, frame, now) {
  if (!frame.summary) return state;
  const { last_message } = frame.summary;
  const chat = fresh(frame.summary, last_message ? Date.parse(last_message.timestamp) : now);
  const people = chat.peer ? put(state.people, chat.peer.id, chat.peer) : state.people;
  const gone = put(state.gone, frame.chat, undefined);
  return { ...state, people, gone, chats: put(state.chats, frame.chat, chat) };
}

/** @param {State} state @param {string} key @param {string | null} reason @returns {State} */
function left(state, key, reason) {
  const without = (/** @type {Map<string, any>} */ map) => put(map, key, undefined);
  return {
    ...state,
    chats: without(state.chats),
    timelines: without(state.timelines),
    recent: without(state.recent),
    syncing: without(state.syncing),
    typing: without(state.typing),
    requests: without(state.requests),
    lines: without(state.lines),
    gone: put(state.gone, key, reason),
  };
}

/** Set the number of requests to join. @param {State} state @param {string} key @param {number | undefined} count @returns {State} */
const counted = (state, key, count) =>
  count === undefined ? state : changeChat(state, key, { waiting_requests: count });

/** @param {State} state @param {{chat: string, request_id: number, user: Person, waiting_requests?: number}} frame @returns {State} */
function asked(state, frame) {
  const others = (state.requests.get(frame.chat) ?? []).filter((request) => request.user.id !== frame.user.id);
  const request = { request_id: frame.request_id, user: frame.user };
  const next = { ...state, requests: put(state.requests, frame.chat, [...others, request]) };
  return counted(next, frame.chat, frame.waiting_requests);
}

/** @param {State} state @param {{chat: string, user_id: number, waiting_requests?: number}} frame @returns {State} */
export function decided(state, frame) {
  const next = counted(state, frame.chat, frame.waiting_requests);
  const waiting = state.requests.get(frame.chat);
  if (!waiting) return next;
  const left = waiting.filter((request) => request.user.id !== frame.user_id);
  return { ...next, requests: put(next.requests, frame.chat, left) };
}

/** @param {State} state @param {{chat: string, title?: string, avatar?: string | null, archived?: boolean, edit_window?: number, delete_window?: number, online_count?: number, muted?: boolean, role?: Chat["role"], waiting_requests?: number}} frame */
function updated(state, frame) {
  /** @type {Partial<Chat>} */
  const change = {};
  if (frame.title !== undefined) change.title = frame.title;
  if (frame.avatar !== undefined) change.avatar = frame.avatar ?? undefined;
  if (frame.archived !== undefined) change.archived = frame.archived;
  if (frame.edit_window !== undefined) change.edit_window = frame.edit_window || undefined;
  if (frame.delete_window !== undefined) change.delete_window = frame.delete_window || undefined;
  if (frame.online_count !== undefined) change.online_count = frame.online_count;
  if (frame.muted !== undefined) change.muted = frame.muted;
  if (frame.role !== undefined) change.role = frame.role;
  if (frame.waiting_requests !== undefined) change.waiting_requests = frame.waiting_requests;
  else if (frame.role === "member") change.waiting_requests = undefined;
  const next = changeChat(state, frame.chat, change);
  // Members aren't told of requests.
  return frame.role === "member" ? { ...next, requests: put(next.requests, frame.chat, undefined) } : next;
}

// ---------------------------------------------------------------- what this tab does

/** A chat was opened with this page. @param {State} state @param {string} key @param {Page} page @returns {State} */
export function opened(state, key, page) {
  return withPage(state, key, timeline.fromPage(page), page);
}

/** @param {State} state @param {string} key @param {Page} page @returns {State} */
export function older(state, key, page) {
  const found = state.timelines.get(key);
  return found ? withPage(state, key, timeline.addOlder(found, page), page) : state;
}

/** @param {State} state @param {string} key @param {Page} page @returns {State} */
export function newer(state, key, page) {
  const found = state.timelines.get(key);
  return found ? withPage(state, key, timeline.addNewer(found, page), page) : state;
}

/** Add a page, and the live changes since: it may be older than they are. @param {State} state @param {string} key @param {Timeline} found @param {Page} page */
function withPage(state, key, found, page) {
  const merged = timeline.merge(found, state.recent.get(key) ?? []);
  const people = strangers(state.people, page.messages);
  return { ...state, people, timelines: put(state.timelines, key, merged) };
}

/** @param {Map<number, Person>} people @param {Message[]} messages */
function strangers(people, messages) {
  const unknown = messages.filter((message) => !people.has(message.user_id));
  if (!unknown.length) return people;
  const more = new Map(people);
  for (const message of unknown) more.set(message.user_id, stranger(message));
  return more;
}

/** @param {State} state @param {string} key @param {boolean} follow @returns {State} */
export function follow(state, key, follow) {
  const found = state.timelines.get(key);
  if (!found || found.follow === follow) return state;
  return { ...state, timelines: put(state.timelines, key, { ...found, follow }) };
}

/** @param {State} state @param {Person[]} list @returns {State} */
export function meet(state, list) {
  const people = new Map(state.people);
  for (const person of list) people.set(person.id, person);
  return { ...state, people };
}

/** @param {State} state @param {string} key @param {JoinRequest[]} requests @returns {State} */
export function waiting(state, key, requests) {
  return { ...state, requests: put(state.requests, key, requests) };
}

/** The versions to resume from, of the chats that missed something. @param {State} state @returns {Record<string, number>} */
export function toSync(state) {
  /** @type {Record<string, number>} */
  const versions = {};
  for (const [key, chat] of state.chats) if (chat.missed) versions[key] = chat.counted?.version ?? chat.version;
  for (const [key, found] of state.timelines)
    if (found.stale) versions[key] = Math.min(found.version, state.chats.get(key)?.counted?.version ?? found.version);
  return versions;
}

/** @param {State} state */
export function totals(state) {
  let unread = 0;
  let mentions = 0;
  let requests = 0;
  for (const chat of state.chats.values()) {
    mentions += chat.mention_count;
    requests += chat.waiting_requests ?? 0;
    if (!chat.muted) unread += chat.unread_count;
  }
  return { unread, mentions, requests };
}
