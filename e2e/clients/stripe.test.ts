import Stripe from "stripe";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createEgressFetch } from "../../sandbox/egress-fetch.js";
import { type ApiUpstream, sendJson, startApiUpstream } from "../testing/api-upstream.ts";
import {
  type ClientSandbox,
  expectNothingOfEgret,
  openClientSandbox,
} from "../testing/client-sandbox.ts";

let upstream: ApiUpstream;
let sandbox: ClientSandbox;
let client: Stripe;

beforeAll(async () => {
  sandbox = await openClientSandbox(inject("local"));
  upstream = await startApiUpstream((request, response) => {
    if (request.method === "POST") return sendJson(response, { id: "cus_1", object: "customer" });
    const after = Number(request.query.get("starting_after")?.slice("cus_".length) ?? 0);
    const data = [{ id: `cus_${after + 1}`, object: "customer" }];
    return sendJson(response, { object: "list", data, has_more: after < 2, url: "/v1/customers" });
  });
  const [host, port = ""] = upstream.host.split(":");
  const { url: egressUrl, token } = sandbox.egress;
  client = new Stripe(sandbox.key.placeholder, {
    ...{ host: host ?? "", port, protocol: "http" },
    httpClient: Stripe.createFetchHttpClient(createEgressFetch({ egressUrl, token })),
  });
});

afterAll(() => upstream.close());

test("creates a customer by a form in which the value arrives whole", async () => {
  const customer = await client.customers.create({
    email: "a+b@example.com",
    metadata: { note: sandbox.note.placeholder },
  });
  expect(customer.id).toBe("cus_1");
  expectNothingOfEgret(upstream.received, upstream.host, sandbox);
  const { path, headers, body } = upstream.received.splice(0)[0] ?? {};
  expect(path).toBe("/v1/customers");
  expect(headers?.["authorization"]).toBe(`Bearer ${sandbox.key.value}`);
  expect(headers?.["content-length"]).toBe(String(body?.length));
  expect([...new URLSearchParams(body?.toString())]).toEqual([
    ["email", "a+b@example.com"],
    ["metadata[note]", sandbox.note.value],
  ]);
});

test("lists all customers, page after page", async () => {
  const ids: string[] = [];
  for await (const { id } of client.customers.list({ limit: 1 })) ids.push(id);
  expect(ids).toEqual(["cus_1", "cus_2", "cus_3"]);
  expectNothingOfEgret(upstream.received, upstream.host, sandbox);
  for (const { headers } of upstream.received.splice(0)) {
    expect(headers["authorization"]).toBe(`Bearer ${sandbox.key.value}`);
  }
});
