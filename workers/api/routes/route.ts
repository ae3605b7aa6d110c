import type { ZodType } from "zod";
import type { Database } from "../../../shared/database/database.ts";
import { parseInput } from "../http/parse-input.ts";
import type { CredentialRouteName, GuardedRouteName, PublicRouteName } from "../permissions.ts";
import type { Actor } from "../services/actor.ts";
import type { UserIdentity } from "../services/authenticate-user.ts";
import type { ServiceContext, ServiceSettings } from "../services/context.ts";

type ParameterNames<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParameterNames<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;

/** What a route's handler gets: its input, parsed, and what its service works with. */
export type RouteRequest<Name extends string, Query, Body> = {
  context: ServiceContext;
  parameters: Record<ParameterNames<Name>, string>;
  query: Query;
  body: Body;
  /** The URL that the API's routes stand under, as the caller reached it. */
  baseUrl: string;
};

/** A request as it came in, authenticated but not parsed. */
export type IncomingRequest = {
  context: ServiceContext;
  parameters: Record<string, string>;
  query: Record<string, string | string[]>;
  readBody: () => Promise<unknown>;
  baseUrl: string;
};

/** A route that needs a credential. `answer` gives what is answered as JSON. */
export type GuardedRoute = {
  name: GuardedRouteName;
  status: 200 | 201 | 204;
  query: ZodType | undefined;
  body: ZodType | undefined;
  answer: (incoming: IncomingRequest) => Promise<unknown>;
};

/** A route that needs a credential and no organization. `answer` gives what is answered as JSON. */
export type CredentialRoute = {
  name: CredentialRouteName;
  answer: (caller: Actor | UserIdentity, database: Database) => Promise<unknown>;
};

/** A route that anyone may call, and that answers by itself. */
export type PublicRoute = {
  name: PublicRouteName;
  answer: (incoming: PublicRequest) => Promise<Response>;
};

/** A request of nobody in particular. */
export type PublicRequest = {
  request: Request;
  requestId: string;
  database: Database;
  settings: ServiceSettings;
};

/** Defines a route: its input's schemas, its status and what it does with parsed input. */
export function defineRoute<Name extends GuardedRouteName, Query = undefined, Body = undefined>(
  name: Name,
  definition: { status: 200 | 201 | 204; query?: ZodType<Query>; body?: ZodType<Body> },
  handle: (request: RouteRequest<Name, Query, Body>) => Promise<unknown>,
): GuardedRoute {
  const { status, query, body } = definition;
  return {
    name,
    status,
    query,
    body,
    answer: async (incoming) =>
      handle({
        context: incoming.context,
        baseUrl: incoming.baseUrl,
        parameters: incoming.parameters as Record<ParameterNames<Name>, string>,
        query: (query && parseInput(query, incoming.query)) as Query,
        body: (body && parseInput(body, await incoming.readBody())) as Body,
      }),
  };
}
