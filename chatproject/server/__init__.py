"""The server process: `run` and `supervisor` (one process or several), `lobby` (TCP connections), `http` (HTTP/1.1),
`handshake`, `framing` and `websocket` (WebSocket)."""
