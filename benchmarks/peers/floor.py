"""The floor: what the kernel and Python's `sock.send` cost, and nothing else. `python -m benchmarks.peers.floor PORT`.

A message that comes in is made into a frame once, and sent to every socket. With `--joined`, messages that came
together go out in one `send` per socket: what writing a batch at once could reach at best.
"""

import base64
import hashlib
import selectors
import socket
import struct
import sys
from contextlib import suppress

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def server_frame(payload: bytes) -> bytes:
    size = len(payload)
    head = struct.pack("!BB", 0x81, size) if size < 126 else struct.pack("!BBH", 0x81, 126, size)
    return head + payload


def client_frames(data: bytes) -> tuple[list[bytes], bytes]:
    """The text payloads in `data`, and what is left over. Trusts the client's all-zero mask and modest sizes."""
    payloads, at = [], 0
    while len(data) - at >= 8:
        size = data[at + 1] & 127
        body = at + 6
        if size == 126:
            size = (data[at + 2] << 8) | data[at + 3]
            body = at + 8
        if len(data) < body + size:
            break
        if data[at] & 15 == 1:
            payloads.append(data[body : body + size])
        at = body + size
    return payloads, data[at:]


def shake_hands(client: socket.socket) -> bool:
    """Answer the upgrade request; False if the client left before."""
    request = b""
    while b"\r\n\r\n" not in request:
        if not (data := client.recv(4096)):
            return False
        request += data
    key = next(
        line[18:].strip() for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:")
    )
    accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
    upgrade = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    client.send(upgrade + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
    return True


def serve(port: int, joined: bool) -> None:
    room: dict[socket.socket, bytes] = {}  # each with the bytes of its unfinished frame
    wait = selectors.DefaultSelector()
    listener = socket.create_server(("127.0.0.1", port), backlog=512)
    wait.register(listener, selectors.EVENT_READ)
    while True:
        together = []
        for event, _ in wait.select():
            if event.fileobj is listener:
                client, _address = listener.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if shake_hands(client):
                    room[client] = b""
                    wait.register(client, selectors.EVENT_READ)
                continue
            client = event.fileobj  # type: ignore[assignment]
            try:
                data = client.recv(65_536)
            except OSError:
                data = b""
            if not data:
                wait.unregister(client)
                del room[client]
                client.close()
                continue
            payloads, room[client] = client_frames(room[client] + data)
            together += [server_frame(payload) for payload in payloads]
        for out in [b"".join(together)] if joined and together else together:
            for client in list(room):
                with suppress(OSError):  # it is gone; its end is read above
                    client.send(out)


if __name__ == "__main__":
    serve(int(sys.argv[1]), "--joined" in sys.argv)
