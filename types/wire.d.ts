// Made by scripts/wire.py from chat/protocol.py: change that.
export interface SendMessage {
  type: "message";
  content: string;
  client_id?: string | null;
  reply_to?: number | null;
  attachments?: Array<number>;
  chat?: string | null;
}

export interface Typing {
  type: "typing";
  chat?: string | null;
}

export interface StopTyping {
  type: "stop_typing";
  chat?: string | null;
}

export interface Read {
  type: "read";
  seq: number;
  chat?: string | null;
}

export interface Sync {
  type: "sync";
  epoch?: string | null;
  version?: number | null;
  versions?: Record<string, number> | null;
  chat?: string | null;
}

export interface Ping {
  type: "ping";
  chat?: string | null;
}

export interface Auth {
  type: "auth";
  token: string;
  chat?: string | null;
}

export interface JoinRoom {
  type: "join_room";
  chat?: string | null;
}

export interface LeaveRoom {
  type: "leave_room";
  chat?: string | null;
}

export interface ConnectionEstablished {
  type: "connection_established";
  user: Person;
  session: string;
  chats: Array<ChatSummary>;
  expires_at: string;
  epoch: string;
}

export interface Person {
  id: number;
  username: string;
  display_name: string;
  avatar: string | null;
  is_online: boolean;
  last_seen: string | null;
  status?: CustomStatus;
}

export interface CustomStatus {
  emoji: string;
  text: string;
  until: string | null;
}

export interface ChatSummary {
  key: string;
  id: number;
  kind: string;
  title: string;
  avatar?: string;
  last_message: Message | null;
  last_seq: number;
  version: number;
  last_read_seq: number;
  unread_count: number;
  mention_count: number;
  muted: boolean;
  role: string;
  online_count: number;
  archived: boolean;
  edit_window?: number;
  delete_window?: number;
  waiting_requests?: number;
  ignore_everyone?: boolean;
  peer?: Person;
}

export interface Message {
  id: number;
  chat: string;
  chat_type: string;
  seq: number;
  version: number;
  user_id: number;
  username: string;
  display_name: string;
  content: string;
  timestamp: string;
  client_id: string | null;
  reply_to: number | null;
  edited_at: string | null;
  deleted_at: string | null;
  reactions: Array<Reaction>;
  attachments: Array<Attachment>;
  mentions: Array<number>;
  avatar?: string;
  sender_id?: number;
  receiver_id?: number;
  room_id?: number;
  mention_all?: string;
  thread_root_id?: number;
  reply_count?: number;
  last_reply_at?: string;
  pinned_at?: string;
  pinned_by?: number;
  deleted_by?: number;
  delete_reason?: string;
}

export interface Reaction {
  emoji: string;
  count: number;
  user_ids: Array<number>;
}

export interface Attachment {
  id: number;
  kind: string;
  name: string;
  size: number;
  mime: string;
  width: number | null;
  height: number | null;
  duration: number | null;
  thumb: string | null;
  url: string;
  alt: string;
  waveform: Array<number> | null;
}

export interface MessageHistory {
  type: "message_history";
  chat: string;
  messages: Array<Message>;
  last_seq: number;
  version: number;
  has_more: boolean;
  epoch: string;
}

export interface NewMessage {
  type: "message";
  id: number;
  chat: string;
  chat_type: string;
  seq: number;
  version: number;
  user_id: number;
  username: string;
  display_name: string;
  content: string;
  timestamp: string;
  client_id: string | null;
  reply_to: number | null;
  edited_at: string | null;
  deleted_at: string | null;
  reactions: Array<Reaction>;
  attachments: Array<Attachment>;
  mentions: Array<number>;
  avatar?: string;
  sender_id?: number;
  receiver_id?: number;
  room_id?: number;
  mention_all?: string;
  thread_root_id?: number;
  reply_count?: number;
  last_reply_at?: string;
  pinned_at?: string;
  pinned_by?: number;
  deleted_by?: number;
  delete_reason?: string;
}

export interface MessageUpdated {
  type: "message_updated";
  id: number;
  chat: string;
  chat_type: string;
  seq: number;
  version: number;
  user_id: number;
  username: string;
  display_name: string;
  content: string;
  timestamp: string;
  client_id: string | null;
  reply_to: number | null;
  edited_at: string | null;
  deleted_at: string | null;
  reactions: Array<Reaction>;
  attachments: Array<Attachment>;
  mentions: Array<number>;
  avatar?: string;
  sender_id?: number;
  receiver_id?: number;
  room_id?: number;
  mention_all?: string;
  thread_root_id?: number;
  reply_count?: number;
  last_reply_at?: string;
  pinned_at?: string;
  pinned_by?: number;
  deleted_by?: number;
  delete_reason?: string;
}

export interface MessageDeleted {
  type: "message_deleted";
  id: number;
  chat: string;
  chat_type: string;
  seq: number;
  version: number;
  user_id: number;
  username: string;
  display_name: string;
  content: string;
  timestamp: string;
  client_id: string | null;
  reply_to: number | null;
  edited_at: string | null;
  deleted_at: string | null;
  reactions: Array<Reaction>;
  attachments: Array<Attachment>;
  mentions: Array<number>;
  avatar?: string;
  sender_id?: number;
  receiver_id?: number;
  room_id?: number;
  mention_all?: string;
  thread_root_id?: number;
  reply_count?: number;
  last_reply_at?: string;
  pinned_at?: string;
  pinned_by?: number;
  deleted_by?: number;
  delete_reason?: string;
}

export interface Ack {
  type: "ack";
  chat: string;
  client_id: string | null;
  id: number;
  seq: number;
  version: number;
  timestamp: string;
}

export interface UserJoined {
  type: "user_joined";
  chat: string;
  user_id: number;
  username: string;
  member?: boolean;
  display_name?: string;
}

export interface UserLeft {
  type: "user_left";
  chat: string;
  user_id: number;
  username: string;
  display_name?: string;
}

export interface UserDisconnected {
  type: "user_disconnected";
  chat: string;
  user_id: number;
  username: string;
  display_name?: string;
}

export interface UserTyping {
  type: "user_typing";
  chat: string;
  user_id: number;
  username: string;
  typing: boolean;
  display_name: string;
}

export interface UserStatus {
  type: "user_status";
  user_id: number;
  username: string;
  is_online: boolean;
  last_seen: string | null;
  display_name: string;
  online_count?: number;
}

export interface UserUpdated {
  type: "user_updated";
  user_id: number;
  username: string;
  display_name: string;
  avatar: string | null;
}

export interface StatusChanged {
  type: "status_changed";
  user_id: number;
  status: CustomStatus | null;
}

export interface ReadMark {
  type: "read";
  chat: string;
  user_id: number;
  seq: number;
  unread_count?: number;
  mention_count?: number;
  version?: number;
  last_seq?: number;
}

export interface RoomJoined {
  type: "room_joined";
  chat: string;
  summary?: ChatSummary;
}

export interface RoomLeft {
  type: "room_left";
  chat: string;
}

export interface JoinRequested {
  type: "join_request";
  chat: string;
  room_id: number;
  request_id: number;
  user: Person;
  waiting_requests: number;
}

export interface JoinApproved {
  type: "join_approved";
  chat: string;
  room_id: number;
  room_name: string;
}

export interface JoinDenied {
  type: "join_denied";
  room_id: number;
  room_name: string;
}

export interface JoinDecided {
  type: "join_decided";
  chat: string;
  room_id: number;
  user_id: number;
  status: string;
  waiting_requests: number;
}

export interface StarChanged {
  type: "star_changed";
  chat: string;
  message_id: number;
  starred: boolean;
}

export interface ReactionChanged {
  type: "reaction_changed";
  chat: string;
  message_id: number;
  emoji: string;
  reacted: boolean;
}

export interface Removed {
  type: "removed";
  chat: string;
  reason: string;
}

export interface Notification {
  type: "notification";
  kind: string;
  detail: string;
  chat?: string;
  message_id?: number;
}

export interface FollowChanged {
  type: "follow_changed";
  chat: string;
  root_id: number;
  following: boolean;
}

export interface ChatUpdated {
  type: "chat_updated";
  chat: string;
  title?: string;
  avatar?: string | null;
  is_public?: boolean;
  archived?: boolean;
  edit_window?: number;
  delete_window?: number;
  online_count?: number;
  muted?: boolean;
  role?: string;
  waiting_requests?: number;
}

export interface DraftChanged {
  type: "draft_changed";
  chat: string;
  draft: SavedDraft | null;
  revision: number;
}

export interface SavedDraft {
  content: string;
  reply_to: number | null;
  attachments: Array<Attachment>;
  updated_at: string;
}

export interface ScheduledChanged {
  type: "scheduled_changed";
  id: number;
  chat: string;
  content: string;
  reply_to: number | null;
  attachments: Array<Attachment>;
  send_at: string;
  state: string;
  failure: string;
  message_id: number | null;
  late: boolean;
  created_at: string;
}

export interface ScheduledFailed {
  type: "scheduled_failed";
  id: number;
  chat: string;
  content: string;
  reply_to: number | null;
  attachments: Array<Attachment>;
  send_at: string;
  state: string;
  failure: string;
  message_id: number | null;
  late: boolean;
  created_at: string;
}

export interface ReminderDue {
  type: "reminder";
  id: number;
  message_id: number;
  chat: string;
  remind_at: string;
  state: string;
  told_at: string | null;
  created_at: string;
  message: Message | null;
  gone: boolean;
}

export interface ReminderChanged {
  type: "reminder_changed";
  id: number;
  message_id: number;
  chat: string;
  remind_at: string;
  state: string;
  told_at: string | null;
  created_at: string;
  message: Message | null;
  gone: boolean;
}

export interface NotifyChanged {
  type: "notify_changed";
  chat: string;
  ignore_everyone: boolean;
}

export interface GroupMuted {
  type: "group_muted";
  group_id: number;
  muted: boolean;
}

export interface Synced {
  type: "synced";
  chat: string;
  messages: Array<Message>;
  version: number;
  last_seq: number;
  has_more: boolean;
  epoch: string;
  reset: boolean;
}

export interface Lagged {
  type: "lagged";
  chats: Array<string>;
}

export interface Error {
  type: "error";
  code: string;
  detail: string;
  fields?: Record<string, Array<string>>;
  client_id?: string;
  retry_after?: number;
  chat?: string;
}

export interface Pong {
  type: "pong";
}

export type Frame =
  | ConnectionEstablished
  | MessageHistory
  | NewMessage
  | MessageUpdated
  | MessageDeleted
  | Ack
  | UserJoined
  | UserLeft
  | UserDisconnected
  | UserTyping
  | UserStatus
  | UserUpdated
  | StatusChanged
  | ReadMark
  | RoomJoined
  | RoomLeft
  | JoinRequested
  | JoinApproved
  | JoinDenied
  | JoinDecided
  | StarChanged
  | ReactionChanged
  | Removed
  | Notification
  | FollowChanged
  | ChatUpdated
  | DraftChanged
  | ScheduledChanged
  | ScheduledFailed
  | ReminderDue
  | ReminderChanged
  | NotifyChanged
  | GroupMuted
  | Synced
  | Lagged
  | Error
  | Pong;

export type Sent =
  | SendMessage
  | Typing
  | StopTyping
  | Read
  | Sync
  | Ping
  | Auth
  | JoinRoom
  | LeaveRoom;
