// @ts-check
/** The messages that one saved for oneself. Loaded when it is asked for; from then on it follows one's other devices. */

import { signal } from "@preact/signals";
import * as api from "chat/api.js";
import { t } from "chat/i18n.js";
import { onFrame } from "chat/news.js";
import * as screen from "chat/screen.js";

/** Ids of all of them. */
export const saved = signal(/** @type {Set<number>} */ (new Set()));

async function load() {
  const answer = await api.get("/starred/ids").catch(() => null);
  if (answer) saved.value = new Set(answer.ids);
}

/** @param {number} id @param {boolean} isOn */
function set(id, isOn) {
  const ids = new Set(saved.value);
  if (isOn) ids.add(id);
  else ids.delete(id);
  saved.value = ids;
}

load();
onFrame((frame) => {
  if (frame.type === "connection_established") load();
  if (frame.type === "star_changed") set(frame.message_id, frame.starred);
});

/** Save a message, or remove it from the saved ones; seen here at once. @param {number} id @param {boolean} isOn */
export async function save(id, isOn) {
  set(id, isOn);
  const isDone = await screen.attempt(() => api.call(isOn ? "PUT" : "DELETE", `/messages/${id}/star`));
  if (!isDone) set(id, !isOn);
  else if (isOn)
    screen.toast(t("Message saved"), {
      action: { label: t("Show saved"), run: () => screen.showPanel("saved") },
    });
  else screen.toast(t("Removed from saved messages"));
  return isDone;
}
