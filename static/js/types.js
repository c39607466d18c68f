// @ts-check
/**
 * What goes over the wire, as the server's `chat/protocol.py` has it. Types only: nothing imports this at run time.
 *
 * @typedef {object} Person
 * @property {number} id
 * @property {string} username
 * @property {string} display_name
 * @property {string | null} [avatar]
 * @property {boolean} is_online
 * @property {string | null} [last_seen] ISO 8601
 * @property {boolean} [isPartial] only what a frame said of them is known yet
 *
 * @typedef {object} Message
 * @property {number} id
 * @property {string} chat
 * @property {number} seq
 * @property {number} version
 * @property {number} user_id
 * @property {string} username
 * @property {string} content
 * @property {string} timestamp ISO 8601
 * @property {string | null} [client_id]
 * @property {number | null} [reply_to] a message's id
 * @property {string | null} [edited_at]
 * @property {string | null} [deleted_at]
 * @property {number[]} [mentions] people's ids
 *
 * @typedef {"general" | "private" | "room"} Kind
 *
 * @typedef {object} Chat
 * @property {string} key `general`, `private:<id>` or `room:<id>`
 * @property {number} id
 * @property {Kind} kind
 * @property {string} title
 * @property {Message | null} last_message
 * @property {number} last_seq
 * @property {number} version
 * @property {number} last_read_seq
 * @property {number} unread_count
 * @property {number} mention_count
 * @property {boolean} muted
 * @property {"owner" | "moderator" | "member"} role
 * @property {number} online_count
 * @property {boolean} archived a private chat: the other one's account is gone
 * @property {number} [waiting_requests] how many people ask to come in: of a room that one looks after
 * @property {{version: number, seq: number}} [counted] the changes that the counts include: the client's own
 * @property {boolean} [missed] changes were missed of a chat that has no messages here: the client's own
 * @property {number} [active] when something last happened in it, in ms since 1970: the client's own
 * @property {Person} [peer] the other one of a private chat
 * @property {Mark[]} [reads] how far the others have read, where that is shown: private chats and small rooms
 *
 * @typedef {{user_id: number, seq: number}} Mark
 *
 * @typedef {object} Page of a chat's history
 * @property {Message[]} messages oldest first
 * @property {number} last_seq
 * @property {number} version
 * @property {boolean} has_more
 * @property {boolean} has_newer
 * @property {string} epoch
 *
 * @typedef {object} JoinRequest
 * @property {number} request_id
 * @property {Person} user
 * @property {string} [created_at]
 *
 * @typedef {{type: string, [field: string]: any}} Frame
 */

export {};
