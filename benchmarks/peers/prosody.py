"""Prosody, an XMPP server that is in use since 2008: group chat (MUC) over WebSocket, from the system's package.

Its settings are the fastest we know: no limits on rates (`mod_limits` not loaded), no encryption, no other servers, no
modules beyond what chatting needs, only errors logged. Rooms keep no history, nobody is told who comes and goes, and
messages carry no `<occupant-id>`. Lua collects its garbage late, in a short run perhaps not at all: the default costs
two thirds of the speed, the generational mode a quarter. (Instant writes and unguarded listeners gained nothing.)

Nothing is stored, or with `stores` every message of a room (`mod_muc_mam`): appended to a file, not synced to the disk.
That is Prosody's default; its SQLite storage, which syncs, was half as fast.
"""

from string import Template

from benchmarks.peers.xmpp import HOST, ROOMS
from benchmarks.processes import HERE, Missing, Process, answers, free_port, program
from benchmarks.servers import Bench

INSTALL = "apt-get install --no-install-recommends prosody"
# `run_as_root` lifts a refusal, it changes no user. `memory` is for all that is no message. A room that were not
# persistent would end with its last socket, and its messages with it.
SETTINGS = Template("""
run_as_root = true
data_path = "$folder"
log = { error = "*console" }
http_interfaces = { "$here" }
http_ports = { $port }
https_ports = {}
c2s_ports = {}
http_default_host = "$host"
consider_websocket_secure = true
modules_enabled = { "saslauth", "websocket" }
modules_disabled = { "s2s", "s2s_auth_certs", "offline", "tls" }
default_storage = "memory"
storage = { muc_log = "internal" }
storage_archive_item_limit = 1000000000
gc = { mode = "incremental", threshold = 1000 }
network_settings = { nagle = false }

VirtualHost "$host"
    authentication = "anonymous"

Component "$rooms" "muc"
    modules_enabled = { $modules }
    muc_log_expires_after = "never"
    muc_room_locking = false
    muc_room_default_persistent = true
    max_history_messages = 0
    muc_occupant_id = false
    muc_room_default_presence_broadcast = { visitor = false, participant = false, moderator = false }
""")


def prosody(bench: Bench, name: str, stores: bool) -> tuple[Process, int]:
    """Start it. Raises Missing."""
    try:
        command = program("prosody")
    except Missing as error:
        raise Missing(f"{error}: {INSTALL}") from error
    folder = bench.folder / name
    folder.mkdir()
    port = free_port()
    modules = '"muc_mam"' if stores else ""
    settings = folder / "prosody.cfg.lua"
    settings.write_text(
        SETTINGS.substitute(folder=folder, here=HERE, port=port, host=HOST, rooms=ROOMS, modules=modules)
    )
    process = bench.start(name, [command, "-F", "--config", settings])
    process.wait_for(answers(port))
    return process, port
