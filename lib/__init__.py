"""The ground floor: what knows no person, chat or room. Everything else may import it; it imports nothing of ours.

errors        the exceptions that verbs raise           strict_json   JSON from strangers
rest          the API's common face: renderer,          openapi       error answers in the OpenAPI document
              parser, pages, errors                     admin_site    the admin's base classes
text          rules for text that people choose         addresses     client addresses, origins
origins       this server's hosts                       refusals      log lines of refusals
threads       threads for synchronous work              doorbell      tells other processes of a change
database/     engines, pool, compiled queries, errors   private_files rights of the files in DATA_DIR
schemas       structs in the OpenAPI document           asgi          types of ASGI
"""
