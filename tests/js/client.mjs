/**
 * The web client's state, led by lines of JSON on standard input: what it heard, loaded and did, and questions.
 * A line is answered by a line if it asks: `sync` by the versions to resume from, `compare` by what differs from a state
 * that was made of fresh answers of the server.
 */

import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";
import { load } from "./setup.mjs";

const states = await load("chat/state.js");
const timelines = await load("chat/timeline.js");

let state = states.empty();

const STEPS = {
  frame: (frame) => states.reduce(state, frame, Date.now()),
  opened: ({ chat, page }) => states.opened(state, chat, page),
  met: (people) => states.meet(state, people),
  waiting: ({ chat, requests }) => states.waiting(state, chat, requests),
  reads: ({ chat, reads }) => states.readBy(state, chat, reads),
  seen: ({ chat, seq }) => states.seen(state, chat, seq),
};

/**
 * What the client keeps for itself of a chat. `reads` is compared by itself; of `peer`, views show `people`'s presence.
 * Nor is `online_count` of a room compared: no view shows it, and `user_status` doesn't say which rooms somebody is in.
 */
const OWN = ["active", "counted", "missed", "reads", "doubtful"];

const summary = (chat) => {
  const known = Object.entries(chat ?? {}).filter(([name, value]) => !OWN.includes(name) && value !== undefined);
  const { is_online: _, last_seen: __, ...peer } = chat?.peer ?? {};
  const last_message = chat?.last_message && said(chat.last_message);
  return { ...Object.fromEntries(known), last_message, ...(chat?.peer ? { peer } : {}) };
};
/** Names and pictures change after a message was loaded: views show those of `people`. */
const said = ({ display_name: _, avatar: __, ...message }) => message;
const marks = (reads) => [...(reads ?? [])].filter(({ seq }) => seq).sort((a, b) => a.user_id - b.user_id);
const byActivity = (chats) =>
  [...chats.values()]
    .filter((chat) => chat.last_message)
    .sort((a, b) => b.active - a.active)
    .map(({ key }) => key);

function compare({ hello, pages, people, requests, reads }) {
  const found = [];
  const check = (what, is, should) => isDeepStrictEqual(is, should) || found.push({ what, is, should });
  const fresh = states.reduce(states.empty(), hello, Date.now());
  const now = states.tick(state, Date.now() + states.TYPING + 1);

  check("epoch", now.epoch, fresh.epoch);
  check("me", { ...now.me, is_online: true, last_seen: null }, { ...fresh.me, is_online: true, last_seen: null });
  check("chats", [...now.chats.keys()].sort(), [...fresh.chats.keys()].sort());
  for (const [key, chat] of fresh.chats) {
    const is = summary(now.chats.get(key));
    const should = summary(chat);
    for (const name of new Set([...Object.keys(is), ...Object.keys(should)]))
      if (name !== "online_count" || chat.kind !== "room") check(`${key}.${name}`, is[name], should[name]);
    check(`${key}.doubtful`, now.chats.get(key)?.doubtful ?? false, false);
    check(`${key}.missed`, now.chats.get(key)?.missed ?? false, false);
    if (reads[key] && now.chats.get(key)?.reads)
      check(`${key}.reads`, marks(now.chats.get(key).reads), marks(reads[key]));
  }
  check("totals", states.totals(now), states.totals(fresh));
  check("order", byActivity(now.chats), byActivity(fresh.chats));
  for (const person of people) {
    const known = now.people.get(person.id);
    if (known?.isPartial) continue; // it is asked for again where it shows
    for (const name of ["username", "display_name", "avatar", "is_online", "last_seen"])
      check(`person ${person.id}.${name}`, known?.[name] ?? null, person[name] ?? null);
  }
  for (const [key, { messages, atEnd, stale }] of now.timelines) {
    check(`${key}: stale`, stale, false);
    check(`${key}: at its end`, atEnd, true);
    const first = timelines.firstSeq(now.timelines.get(key));
    const all = pages[key]?.messages.filter(({ seq }) => seq >= first) ?? [];
    check(
      `${key}: positions`,
      messages.map(({ seq }) => seq),
      all.map(({ seq }) => seq),
    );
    for (const [index, message] of all.entries())
      check(`${key}: ${message.seq}`, messages[index] && said(messages[index]), said(message));
  }
  for (const key of Object.keys(requests).filter((key) => now.requests.has(key))) // others are loaded where they show
    check(
      `${key}: requests`,
      now.requests
        .get(key)
        .map(({ request_id }) => request_id)
        .sort(),
      requests[key].map(({ request_id }) => request_id).sort(),
    );
  check("typing", [...now.typing.keys()], []);
  check("syncing", [...now.syncing.keys()], []);
  check(
    "gone",
    [...now.gone.keys()].filter((key) => now.chats.has(key)),
    [],
  );
  for (const part of ["timelines", "recent", "requests", "lines"])
    check(
      `${part} of chats that are left`,
      [...now[part].keys()].filter((key) => !now.chats.has(key)),
      [],
    );
  return found;
}

/** The chats whose counts the client asks for anew, and how far they are read. */
const doubtful = () =>
  [...state.chats.values()]
    .filter((chat) => chat.doubtful)
    .map(({ key, last_read_seq }) => ({ chat: key, seq: last_read_seq }));

const ANSWERS = { sync: () => states.toSync(state), compare, doubtful };

for await (const line of createInterface({ input: process.stdin })) {
  const [[what, value]] = Object.entries(JSON.parse(line));
  if (STEPS[what]) state = STEPS[what](value);
  else process.stdout.write(`${JSON.stringify(ANSWERS[what](value))}\n`);
}
