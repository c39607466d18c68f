"""Chats of all kinds, their members, and the log of their messages.

models        Chat, Membership, Message …              policy        permissions
protocol      every frame and answer, as structs       events        changes published to the sockets
messages      post, edit, delete                       members       join, leave, mute
private       private chats                            read_marks    read positions
mentions      `@username` in messages                  counting      unread counts
everyone      whom `@everyone` reaches, who ignores it   groups        people mentioned together
pins          pinned messages                          stars         saved messages
reactions     people's emoji on messages
epoch         identifies the log after a restore       limits        rate limits of sockets and people
drafts        typed and not sent                       later          sends and tells what is due
scheduled     messages sent at a time                  reminders      of messages
followers     told of every change, at least once      admin         the admin's pages
threads       following chains of replies              own           what people keep for themselves
rules         of rooms and General: who may do what    erased        proves that nothing of a message is left
log/          storing and reading messages             api/          the HTTP API and the AsyncAPI document
realtime/     sockets; uses all of the above
"""
