"""The realtime half of a server process, by floor; a module imports from its own floor and those below.

consumers, routing, connection            a socket's life, from its handshake on: each frame that comes in
runtime                                   builds what is below, starts its tasks and stops them in order
writer, access, state, presence           store messages in batches; keep open sockets true to what they may do,
                                          what changed, and who is online
hub, order, sockets, typing               put each chat's changes in order and deliver them; know no database
reads, opening, sync_pages, batched_read  read from the database for many sockets at once
relay, layer                              carry rings between processes, over Redis
decoding, door, database, metrics         text to frames; limits of sockets; database threads; what operators watch
"""
