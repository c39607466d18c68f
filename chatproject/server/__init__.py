"""The server process: TCP connections, HTTP/1.1 and WebSocket, one process or several."""
