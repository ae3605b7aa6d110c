/** Where a test talks with the upstream itself, past the Worker. */
export const RECORDER_ORIGIN = "http://recorder.test";

/**
 * A request as it came over the wire: its URL and headers in the order and spelling in which they
 * came, the headers' bytes as Latin-1, the body's in base64. `open` until the body has ended.
 */
export type SeenRequest = {
  method: string;
  url: string;
  headers: [string, string][];
  body: string;
  state: "open" | "complete" | "broken";
  /** Whether the answer went out whole, or its receiver has gone before. */
  answer: "open" | "complete" | "broken";
};

/** How the upstream is to answer the requests for one host and path. */
export type PlannedAnswer = {
  status?: number;
  statusText?: string;
  /** Written as they are, values as Latin-1; nothing is added but Transfer-Encoding. */
  headers?: [string, string][];
  /** The body in base64, in pieces that are sent one by one. */
  parts?: string[];
  /** Each part waits until a test releases it. */
  isGated?: boolean;
  /** The request's body is not read. */
  isEarly?: boolean;
  /** Answers with a description of the request instead of parts. */
  isEcho?: boolean;
  /** What follows the parts: the end of the answer, a lost connection, or nothing at all. */
  end?: "end" | "reset" | "silence";
  /** What comes instead of an answer: a lost connection, or nothing at all. */
  fault?: "reset" | "silence";
};

/** What goes wrong with the database's requests that hold a text; `held` until that is over. */
export type DatabaseFault = "status-500" | "reset" | "garbage" | "held" | "none";

/** What a test may ask of the upstream; each is a POST with this body to RECORDER_ORIGIN. */
export type RecorderQuestion =
  | { ask: "plan"; url: string; answer: PlannedAnswer }
  | { ask: "release"; url: string }
  /** Answered with a list of SeenRequest, once so many have come that hold the text. */
  | { ask: "seen"; containing: string; atLeast: number }
  /** Answered with the request, once it has ended in one of the two ways. */
  | { ask: "settled"; containing: string; what: "state" | "answer" }
  /** Answered, for each list, with the URLs of all requests that hold one of its texts. */
  | { ask: "search"; lists: string[][] }
  /** Answered with the number of requests to the database that held all the texts. */
  | { ask: "database"; containing: string[] }
  | { ask: "database-fault"; containing: string; fault: DatabaseFault };
