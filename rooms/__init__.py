"""Rooms: chats that people make, enter by an invite link, and moderate.

models        Room, Invite, JoinRequest, Ban …         policy        permissions in a room
services      make, change, archive; roles, bans       joining       join, withdraw, approve, deny
avatars       pictures of rooms
invites       invite links                             audit         entries of the audit log
admin         the admin's pages                        management/   the command `demo`
pages         the page of an invite link               api/          the HTTP API
"""
