import type { Hono } from "hono";
import { EgretError } from "../../shared/errors.ts";
import { createApp } from "./app.ts";
import { type Bindings, readBindings } from "./bindings.ts";
import { renderError } from "./http/error-response.ts";
import type { RequestVariables } from "./http/guarded-handler.ts";
import { reEncryptOnSchedule } from "./re-encrypt-on-schedule.ts";

// The bindings of an isolate stay the same: they are read, and their keys parsed, once.
const apps = new WeakMap<Bindings, Hono<RequestVariables>>();

export default {
  async fetch(request, bindings, context): Promise<Response> {
    let app: Hono<RequestVariables>;
    try {
      app = getApp(bindings);
    } catch (cause) {
      const error = new EgretError("SERVICE_UNAVAILABLE", "The service is not set up", { cause });
      return renderError(error, { request, requestId: crypto.randomUUID(), now: Date.now() });
    }
    return app.fetch(request, {}, context);
  },

  async scheduled(_controller, bindings): Promise<void> {
    await reEncryptOnSchedule(readBindings(bindings));
  },
} satisfies ExportedHandler<Bindings>;

function getApp(bindings: Bindings): Hono<RequestVariables> {
  const known = apps.get(bindings);
  if (known !== undefined) return known;
  const app = createApp(readBindings(bindings));
  apps.set(bindings, app);
  return app;
}
