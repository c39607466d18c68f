"""The chat of FastAPI's documentation: a list of sockets and a loop. Nothing is stored."""

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
room: list[WebSocket] = []


@app.websocket("/ws")
async def chat(websocket: WebSocket) -> None:
    await websocket.accept()
    room.append(websocket)
    try:
        while True:
            message = await websocket.receive_json()
            out = {
                "type": "message",
                "user_id": 1,
                "content": message["content"],
                "client_id": message["client_id"],
            }
            for one in list(room):
                await one.send_json(out)
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        room.remove(websocket)
