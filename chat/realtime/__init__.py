"""The realtime half of a server process, by layer; a module imports only from its own layer and those below.

consumers, routing, connection            a socket's life, from its handshake on: each frame that comes in
runtime                                   builds what is below, starts its tasks and stops them in order
writer, access, state, presence           store messages in batches; update open sockets when access, state
                                          or online status changes
hub, order, sockets, typing               put each chat's changes in order and deliver them; without database
reads, opening, sync_pages, batched_read  read from the database for many sockets at once
relay, layer                              carry the doorbell's items between processes, over Redis
followers                                 runs the followers of the log (accounts.followers)
decoding, door, database, metrics         parsing frames; limits of sockets; database threads; metrics
"""
