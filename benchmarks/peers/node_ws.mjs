// A list of sockets and a loop, in Node.js with ws. Nothing is stored. `node node_ws.mjs PORT`.

const { WebSocketServer } = await import("ws").catch(() => {
  console.error("ws is not installed: npm ci");
  process.exit(1);
});

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]), perMessageDeflate: false });

server.on("connection", (socket) => {
  socket.on("message", (data) => {
    const { content, client_id } = JSON.parse(data.toString());
    const out = JSON.stringify({ type: "message", user_id: 1, content, client_id });
    for (const client of server.clients) {
      if (client.readyState === client.OPEN) client.send(out);
    }
  });
});
