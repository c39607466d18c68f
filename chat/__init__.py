"""Conversations of all kinds, who is in them, and the log of their messages.

models        Chat, Membership, Message …              policy        who may do what
protocol      every frame and answer, as structs       events        what the sockets are told
messages      post, edit, delete                       members       entering, leaving, muting
private       private chats                            reading       read positions
mentions, counting, epoch   who is named; what is unread; which log this is
log/          storing and reading messages             api/          the HTTP API and the AsyncAPI document
realtime/     sockets; stands on all of the above
"""
