"""People: accounts, signing in, and the devices that are signed in. Knows nothing of chats.

models        User, Session, LoginFailure …            users         create, find, change, delete people
tokens        access and refresh tokens of a Session   emails        addresses: verify, change, undo
signing_in    password, further stages, a Session      passwords     change, reset, confirm
throttle      limits on signing in and up              handshake     Origin, Host and token of a socket
online        online status; persons as others see     person        the structs of a person on the wire
signature     fast check of access tokens              hashers       Argon2 in a low-priority thread
audit         who did what to whom                     rights        permissions on accounts in the admin
admin         the admin's pages                        administrator the first administrator, by a link
followers     work after commits, under a lease        cleaning      deletes expired rows
backends, authentication     Django's and DRF's interfaces to signing in
profile       title, bio, time zone, custom status     avatars       pictures of themselves
sessions, devices, cookies   how tokens reach a browser
changes       events for open sockets                  mail          mail: queued, sent after the commit
api/          the HTTP API                             pages/        the same as HTML pages, without JavaScript
"""
