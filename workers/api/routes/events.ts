import { EgretError } from "../../../shared/errors.ts";
import type { PublicRoute } from "./route.ts";

// Engine.IO protocol 4 and Socket.IO protocol 5: `0` opens, `40` connects, `44` refuses to.
const CONNECT = "40";
const CONNECT_ERROR = `44${JSON.stringify({ message: "events are not served" })}`;

/**
 * The events that Daytona's SDKs listen to. None are served; but a client that cannot connect at
 * all tries again for minutes and keeps its process alive, so it is let in and told.
 */
export const EVENT_ROUTES: PublicRoute[] = [
  {
    name: "GET /socket.io",
    operationId: "connectEvents",
    summary: "Connect for events",
    description:
      "Takes the WebSocket of Daytona's clients (Socket.IO), and tells them that no events are served.",
    status: 101,
    answer: async ({ request, requestId }) => {
      if (request.headers.get("Upgrade")?.toLowerCase() !== "websocket") {
        throw new EgretError("INVALID_REQUEST", "Only the WebSocket transport is served");
      }
      const { 0: client, 1: server } = new WebSocketPair();
      server.accept();
      server.addEventListener("message", ({ data }) => {
        if (typeof data === "string" && data.startsWith(CONNECT)) server.send(CONNECT_ERROR);
      });
      server.addEventListener("close", () => server.close());
      server.send(`0${JSON.stringify(createHandshake(requestId))}`);
      return new Response(null, { status: 101, webSocket: client });
    },
  },
];

function createHandshake(sessionId: string) {
  return {
    sid: sessionId,
    upgrades: [],
    pingInterval: 25_000,
    pingTimeout: 20_000,
    maxPayload: 1_000_000,
  };
}
