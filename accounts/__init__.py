"""People: who they are, how they sign in, which devices are signed in. Knows nothing of chats.

models        User, Session, LoginFailure …            users         making, finding, changing, deleting people
tokens        access and refresh tokens of a Session   emails        addresses: asked for, proved, changed
signing_in    right password, stages, then a Session   passwords     changed, forgotten, asked for once more
throttle      limits on signing in and up              handshake     Origin, Host and token of a socket
online        who is online; a person as others see    person        the structs of a person on the wire
audit         who did what to whom
sessions, devices, cookies   how tokens reach a browser
changes       what other processes are told of people  mail          mail, sent by a thread of its own
api/          the HTTP API                             pages/        the same as pages without JavaScript
"""
