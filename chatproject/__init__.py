"""The product: settings, URLs, and everything around the apps.

settings, env   what is configured, from the environment
urls            every HTTP path                        asgi          HTTP and sockets, put together
client          the web client's page                  documents     OpenAPI, AsyncAPI, the front door
assets          static files that are made of others
server/         uvicorn's protocols, processes         http/         what every request goes through
operations/     health, metrics, logs, backups         management/   commands
"""
