import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { json } from "node:stream/consumers";
import { createDatabaseProxy, type DatabaseProxy } from "./database-proxy.ts";
import { createRecorder, type Recorder } from "./recorder.ts";
import { type PlannedAnswer, RECORDER_ORIGIN, type RecorderQuestion } from "./upstream-protocol.ts";
import { acceptWebSocket } from "./websocket-echo.ts";

/** A running upstream: `host:port`, and its end. */
export type Upstream = { address: string; close: () => Promise<void> };

/**
 * Starts what stands for the whole Internet in tests: an HTTP server that is asked as a proxy, with
 * the target's URL in the request line. The databases' requests go on to the real servers, those for
 * the recorder are the test's own, all others are recorded and answered as a test has planned.
 */
export async function startUpstream(...databaseUrls: string[]): Promise<Upstream> {
  const recorder = createRecorder();
  const database = createDatabaseProxy(databaseUrls);
  const server = createServer({ requireHostHeader: false }, (request, response) => {
    answerRequest(request, response, recorder, database).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
    recorder.record(request);
    acceptWebSocket(request, socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  recorder: Recorder,
  database: DatabaseProxy,
): Promise<void> {
  const url = new URL(request.url ?? "");
  response.sendDate = false;
  if (database.isFor(url)) return database.forward(url, request, response);
  if (url.origin === RECORDER_ORIGIN) {
    const question = (await json(request)) as RecorderQuestion;
    const answer = database.answer(question) ?? (await recorder.answer(question));
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(JSON.stringify(answer ?? null));
    return;
  }
  await playAnswer(request, response, recorder);
}

async function playAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  recorder: Recorder,
): Promise<void> {
  const answer = recorder.getPlan(request.url ?? "");
  const seen = recorder.record(request, response);
  if (answer.fault === "reset") request.socket.resetAndDestroy();
  if (answer.fault !== undefined) return;
  if (!answer.isEarly) await recorder.readBody(request, seen);
  response.writeHead(
    answer.status ?? 200,
    answer.statusText ?? "OK",
    (answer.headers ?? [["Content-Type", "application/json"]]).flat(),
  );
  response.flushHeaders();
  if (answer.isEcho) response.write(JSON.stringify(seen));
  await writeParts(request.url ?? "", answer, response, recorder);
  if (answer.end === "reset") response.destroy();
  else if (answer.end !== "silence") response.end();
}

async function writeParts(
  url: string,
  answer: PlannedAnswer,
  response: ServerResponse,
  recorder: Recorder,
): Promise<void> {
  for (const part of answer.parts ?? []) {
    if (answer.isGated) await recorder.waitForRelease(url);
    if (response.destroyed) return;
    await new Promise((resolve) => response.write(Buffer.from(part, "base64"), resolve));
  }
  if (answer.isGated) await recorder.waitForRelease(url);
}
