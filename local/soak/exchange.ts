import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";

/** Beyond all time-outs that one request may use up one after the other. */
export const HANG_MS = 20_000;

/** What a client got: a status and whether the body came to its end, or neither. */
export type Exchange = {
  status: number | null;
  headers: Record<string, unknown>;
  body: string;
  end: "whole" | "broken" | "hang";
};

// No connection is used twice: one that its server has just closed would count as a failure.
const agent = new Agent({ keepAlive: false });

/** Sends a request and waits for its whole answer, for 20 s at most. Never throws. */
export function exchange(
  url: string,
  init: { method: string; headers: Record<string, string>; body: readonly (string | Buffer)[] },
): Promise<Exchange> {
  const { method, headers, body } = init;
  return new Promise((resolve) => {
    const result: Exchange = { status: null, headers: {}, body: "", end: "broken" };
    const asked = request(url, { method, headers, agent });
    const finish = (end: Exchange["end"]) => {
      clearTimeout(timer);
      resolve({ ...result, end });
    };
    const timer = setTimeout(() => {
      finish("hang");
      asked.destroy();
    }, HANG_MS);
    asked.on("error", () => finish("broken"));
    asked.on("response", (answer) => {
      result.status = answer.statusCode ?? null;
      result.headers = answer.headers;
      text(answer).then(
        (got) => {
          result.body = got;
          finish("whole");
        },
        () => finish("broken"),
      );
    });
    const [first, ...others] = body;
    if (first !== undefined && others.length === 0) asked.end(first);
    else {
      for (const piece of body) asked.write(piece);
      asked.end();
    }
  });
}
