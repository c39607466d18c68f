"""The product: settings, URLs, and everything around the apps.

settings, env   configuration, from the environment
urls            every HTTP path                        asgi          the ASGI application: HTTP and sockets
client          the web client's page                  documents     API documents, the pages' start page
assets          static files built from others         templatetags/ the import map of a page's modules
process         settings of a whole process
server/         uvicorn's protocols, processes         http/         what every request goes through
operations/     health, metrics, logs, backups         management/   commands
"""
