import { expect } from "vitest";
import type { Permission } from "../permissions.ts";
import { authorize, type Call, callApi } from "./fixture.ts";

/** Makes an API key through the API, and a way to call it with that key. */
export async function createKey(call: Call, name: string, permissions: Permission[]) {
  const created = await call("POST /api-keys", { name, permissions });
  expect(created).toMatchObject({ status: 201 });
  return { ...created.body, call: authorize(callApi, created.body.value) };
}
