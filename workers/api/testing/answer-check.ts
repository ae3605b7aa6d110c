import { ErrorAnswer, listRefusals, type RefusalStatus } from "../openapi/refusals.ts";
import { splitRouteName } from "../permissions.ts";
import type { DescribedRoute } from "../routes/route.ts";
import { ALL_ROUTES } from "../routes/table.ts";

/** What is asked and what is answered, as far as the API's description speaks of it. */
export type Exchange = { method: string; path: string; status: number; type: string; text: string };

const SHAPES = ALL_ROUTES.map((route) => ({ route, ...toShape(route) }));

/**
 * Throws where an answer is not as the API's own description says: a status that the route does
 * not have, a body that its schema does not take, a field that the schema does not name.
 */
export function checkAnswer({ method, path, status, type, text }: Exchange): void {
  const matches = SHAPES.filter(({ pattern }) => pattern.test(path));
  // HEAD is answered as GET is, and others see the body no more than this check does.
  const asked = method === "HEAD" ? "GET" : method;
  const route = matches.find((shape) => shape.method === asked || shape.method === "ALL")?.route;
  const check = (): void => {
    if (status >= 400) {
      if (method !== "HEAD") checkRefusal(ErrorAnswer.parse(JSON.parse(text)), status);
      if (!listExpectedRefusals(route, matches.length > 0).includes(status))
        throw new Error("status");
      return;
    }
    if (route === undefined || route.status !== status) throw new Error("status");
    if (status === 204 && text !== "") throw new Error("a body");
    if (route.response === undefined || method === "HEAD") return;
    if (!type.startsWith("application/json")) throw new Error("media type");
    route.response.parse(JSON.parse(text));
  };
  try {
    check();
  } catch (cause) {
    throw new Error(`${method} ${path} answered ${status}, not as it is described`, { cause });
  }
}

function checkRefusal({ statusCode }: { statusCode: number }, status: number): void {
  if (statusCode !== status) throw new Error("statusCode");
}

function listExpectedRefusals(route: DescribedRoute | undefined, isKnownPath: boolean): number[] {
  if (route === undefined) return [isKnownPath ? 405 : 404];
  const refusals: RefusalStatus[] = listRefusals(route);
  return refusals;
}

function toShape({ name }: DescribedRoute): { method: string; pattern: RegExp } {
  const { method, path } = splitRouteName(name);
  const escaped = path.replaceAll(".", "\\.").replace(/:\w+/g, "[^/]+").replace("*", ".*");
  return { method, pattern: new RegExp(`^/api${escaped}/?$`) };
}
