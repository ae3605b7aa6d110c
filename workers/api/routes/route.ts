import type { ZodType } from "zod";
import type { Database } from "../../../shared/database/database.ts";
import { parseInput } from "../http/parse-input.ts";
import type { ApiDescription } from "../openapi/description.ts";
import type {
  CredentialRouteName,
  GuardedRouteName,
  PublicRouteName,
  RouteName,
} from "../permissions.ts";
import type { Actor } from "../services/actor.ts";
import type { UserIdentity } from "../services/authenticate-user.ts";
import type { ServiceContext, ServiceSettings } from "../services/context.ts";

type ParameterNames<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParameterNames<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;

/** What the API's description says of a route, beside its rule. */
export type RouteDescription = {
  /** Names the operation for generators of clients. */
  operationId: string;
  summary: string;
  description?: string | undefined;
  /** Of its success, or of its refusal where it always refuses. */
  status: 101 | 200 | 201 | 204 | 403 | 501;
  query?: ZodType | undefined;
  body?: ZodType | undefined;
  /** The shape of its JSON answers; without one there is no body, or one of another type. */
  response?: ZodType | undefined;
  /** What answers 409. */
  conflict?: string | undefined;
};

/** A route as it is described, whoever may call it. */
export type DescribedRoute = RouteDescription & { name: RouteName };

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
export type GuardedRoute = RouteDescription & {
  name: GuardedRouteName;
  answer: (incoming: IncomingRequest) => Promise<unknown>;
};

/** A route that needs a credential and no organization. `answer` gives what is answered as JSON. */
export type CredentialRoute = RouteDescription & {
  name: CredentialRouteName;
  answer: (caller: Actor | UserIdentity, database: Database) => Promise<unknown>;
};

/** A route that anyone may call, and that answers by itself. */
export type PublicRoute = RouteDescription & {
  name: PublicRouteName;
  answer: (incoming: PublicRequest) => Promise<Response>;
};

/** A request of nobody in particular. */
export type PublicRequest = {
  request: Request;
  requestId: string;
  database: Database;
  settings: ServiceSettings;
  describeApi: () => ApiDescription;
};

type Definition<Query, Body, Answer> = RouteDescription & {
  query?: ZodType<Query>;
  body?: ZodType<Body>;
  response?: ZodType<Answer>;
};

/**
 * Defines a route: how it is described, its input's schemas, its answer's, and what it does with
 * parsed input. Without `response` it answers no body.
 */
export function defineRoute<
  Name extends GuardedRouteName,
  Query = undefined,
  Body = undefined,
  Answer = void,
>(
  name: Name,
  definition: Definition<Query, Body, Answer>,
  handle: (request: RouteRequest<Name, Query, Body>) => Promise<NoInfer<Answer>>,
): GuardedRoute {
  const { query, body } = definition;
  return {
    ...definition,
    name,
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

/** Defines a route that needs a credential and no organization. */
export function defineCredentialRoute<Answer>(
  name: CredentialRouteName,
  definition: Definition<undefined, undefined, Answer>,
  answer: (caller: Actor | UserIdentity, database: Database) => Promise<NoInfer<Answer>>,
): CredentialRoute {
  return { ...definition, name, answer };
}

/** Defines a route that anyone may call and that answers JSON. */
export function definePublicRoute<Answer>(
  name: PublicRouteName,
  definition: Definition<undefined, undefined, Answer>,
  handle: (request: PublicRequest) => Promise<NoInfer<Answer>>,
): PublicRoute {
  return {
    ...definition,
    name,
    answer: async (request) => Response.json(await handle(request), { status: definition.status }),
  };
}
