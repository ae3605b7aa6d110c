// The package has no types of its own: these are of what is used here.
declare module "autocannon" {
  type Options = {
    url: string;
    method: string;
    headers: Record<string, string>;
    body?: string;
    connections: number;
    /** In seconds. */
    duration: number;
    /** Milliseconds between two samples. */
    sampleInt: number;
  };
  type Result = { errors: number; timeouts: number; non2xx: number };
  type Run = Promise<Result> & {
    on(
      event: "response",
      listener: (client: unknown, status: number, bytes: number, milliseconds: number) => void,
    ): void;
  };
  export default function autocannon(options: Options): Run;
}
