"""The client's side of XMPP over WebSocket (RFC 7395), as far as a room needs it."""

from collections.abc import Callable

from benchmarks.load import ZEROS, Place, S, client_frame, connect, content, each, greeted, numbered

HOST = "bench"
ROOMS = f"rooms.{HOST}"
ROOM = f"general@{ROOMS}"
PATH = "/xmpp-websocket"

OPEN = f'<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="{HOST}" version="1.0"/>'
AUTH = '<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="ANONYMOUS"/>'
BIND = '<iq xmlns="jabber:client" type="set" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>'
JOIN = (
    f'<presence xmlns="jabber:client" to="{ROOM}/%s">'
    '<x xmlns="http://jabber.org/protocol/muc"><history maxstanzas="0"/></x></presence>'
)
# What is said, and how the frame begins that must come before the next is said. A room's subject is the last thing
# that somebody who joins gets.
TALK = [
    (OPEN, b"<stream:features"),
    (AUTH, b"<success"),
    (OPEN, b"<stream:features"),
    (BIND, b"<iq"),
    (JOIN, b"<message "),
]


async def join(socket: S, place: Place, port: int) -> None:
    """Open `socket` and enter the room; `place` is (path, nickname). Raises ConnectionError, TimeoutError."""
    path, nickname = place
    await connect(socket, port, path, protocol="xmpp")
    for said, answer in TALK:
        socket.greeted = False
        socket.transport.write(client_frame((said % nickname if said is JOIN else said).encode()))
        await greeted(socket, answer)


async def join_all(sockets: list[S], port: int) -> None:
    """Each into the room, 20 at a time. Raises ConnectionError."""
    places = [(socket, (PATH, f"bench{n}")) for n, socket in enumerate(sockets)]
    await each(places, lambda socket, place: join(socket, place, port), at_once=20)


def message_maker(size: int) -> Callable[[int], bytes]:
    """Returns what builds the frame of message `number`: the text is that of a JSON frame of `size` bytes."""
    message = f'<message xmlns="jabber:client" type="groupchat" to="{ROOM}" id="b-{ZEROS}">'
    return numbered(f"{message}<body>{content(size)}</body></message>")
