import type { PipeObserver } from "./stream.ts";

/** A streaming body on its way to the upstream, whose turn it is between these. */
export type Upload = {
  /** Resolves when there are first bytes for the upstream to take; never, where there are none. */
  offered: Promise<void>;
  /** Resolves when it has taken them: it is there. */
  taken: Promise<void>;
  /** Settles when nothing more is to be sent. */
  sent: Promise<void>;
  /**
   * Aborted, with the error as its reason, where the body cannot be had to its end: what was sent of it
   * may then not be taken for the whole.
   */
  broken: AbortSignal;
};

/** Starts an upload with what moves the bytes. */
export function startUpload(pipe: (observer: PipeObserver) => Promise<void>): Upload {
  const offered = Promise.withResolvers<void>();
  const taken = Promise.withResolvers<void>();
  const broken = new AbortController();
  const sent = pipe({
    onOffered: offered.resolve,
    onTaken: taken.resolve,
    onBroken: (error) => broken.abort(error),
  });
  // Where the upstream wants no more of a body, that is no failure.
  sent.catch(() => {});
  return { offered: offered.promise, taken: taken.promise, sent, broken: broken.signal };
}
