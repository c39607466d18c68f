// @ts-check
/**
 * What goes over the wire, as `types/wire.d.ts` has it from the server, and what the client adds. Types only: nothing
 * imports this at run time.
 *
 * @typedef {import("../../types/wire.d.ts").Frame} Frame one that comes
 * @typedef {import("../../types/wire.d.ts").Sent} Sent one that goes
 * @typedef {import("../../types/wire.d.ts").Person} WirePerson
 * @typedef {import("../../types/wire.d.ts").Message} WireMessage
 * @typedef {import("../../types/wire.d.ts").ChatSummary} WireChat
 *
 * @typedef {import("../../types/wire.d.ts").CustomStatus} Status of a person, for a while
 * @typedef {"id" | "username" | "display_name" | "is_online"} OfPerson what is always known
 * @typedef {Pick<WirePerson, OfPerson> & Partial<WirePerson> & {isPartial?: boolean}} Person `isPartial`: it is asked for again where it shows
 * @typedef {"id" | "chat" | "seq" | "version" | "user_id" | "username" | "content" | "timestamp"} OfMessage what is known of one that is on its way
 * @typedef {Pick<WireMessage, OfMessage> & Partial<WireMessage>} Message
 * @typedef {"general" | "private" | "room"} Kind
 *
 * @typedef {object} OwnOfChat what the client adds
 * @property {{version: number, seq: number}} [counted] the changes that the counts include
 * @property {boolean} [missed] changes were missed of a chat that has no messages here
 * @property {boolean} [doubtful] a message that is not known here may have begun or ceased to mention all: the server is asked for the counts
 * @property {number} [active] when something last happened in it, in ms since 1970
 * @property {Mark[]} [reads] how far the others have read, where that is shown: private chats and small rooms
 * @typedef {Omit<WireChat, "last_message" | "peer"> & {last_message: Message | null, peer?: Person} & OwnOfChat} Chat
 *
 * @typedef {Omit<import("../../types/wire.d.ts").DraftChanged, "type">} ChatDraft
 * @typedef {Omit<import("../../types/wire.d.ts").ScheduledChanged, "type">} Scheduled
 * @typedef {Omit<import("../../types/wire.d.ts").ReminderDue, "type">} Reminder
 *
 * @typedef {{user_id: number, seq: number}} Mark
 * @typedef {Message & {type?: string}} MessageFrame
 *
 * @typedef {object} Page of a chat's history
 * @property {Message[]} messages oldest first
 * @property {number} last_seq
 * @property {number} version
 * @property {boolean} has_more
 * @property {boolean} has_newer
 * @property {string} epoch
 *
 * @typedef {object} Group people who are mentioned together
 * @property {number} id
 * @property {string} name
 * @property {number[]} members ids
 * @property {boolean} [muted] it does not mention oneself, by one's own choice
 *
 * @typedef {object} JoinRequest
 * @property {number} request_id
 * @property {Person} user
 * @property {string} [created_at]
 */

export {};
