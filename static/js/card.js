// @ts-check
/** Opens the card of a person or a group when an avatar, a name or a mention is pressed. */

import { load } from "chat/browser.js";
import * as screen from "chat/screen.js";

const people = () => load("chat/views/person.js");

/** @param {Element} pressed where the card opens @param {number} id @param {string} [username] if they may not be known */
export function openCard(pressed, id, username = "") {
  return screen.openDialog(people(), "PersonCard", { id, username, at: pressed.getBoundingClientRect() });
}

/** @param {Element} pressed where the card opens @param {number} id */
export const openGroup = (pressed, id) =>
  screen.openDialog(load("chat/views/groups.js"), "GroupCard", { id, at: pressed.getBoundingClientRect() });

export const editProfile = () => screen.openDialog(people(), "EditProfile");
export const setStatus = () => screen.openDialog(people(), "SetStatus");
