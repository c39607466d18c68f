"""The lowest layer: code that knows nothing of people, chats or rooms. All other packages may import it; it imports
none of them.

errors        the exceptions that verbs raise           strict_json   untrusted JSON
rest          the API's renderer, parser,               openapi       error answers in the OpenAPI document
              pagination and error shape                admin_site    the admin's base classes
text          rules for text that people choose         addresses     client addresses, origins
origins       this server's hosts                       refusals      log lines of refusals
threads       threads for synchronous work              tasks         background tasks of an event loop
schemas       JSON Schemas of msgspec structs           doorbell      tells other processes of a change
asgi          types of ASGI                             private_files permissions of the files in DATA_DIR
database/     engines, pool, compiled queries, errors   bodies        routes that take large bodies
"""
