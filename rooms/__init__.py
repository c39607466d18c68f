"""Rooms: chats that people make, enter by an invite link, and moderate.

models        Room, Invite, JoinRequest, Ban …         policy        who may do what in a room
services      making, changing, archiving, roles       joining       asking, approving, denying
invites       links                                    audit         who did what to whom
pages         the page of an invite link               api/          the HTTP API
"""
