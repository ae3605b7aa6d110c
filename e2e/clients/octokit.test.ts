import { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createEgressFetch } from "../../sandbox/egress-fetch.js";
import { type ApiUpstream, sendJson, startApiUpstream } from "../testing/api-upstream.ts";
import {
  type ClientSandbox,
  expectNothingOfEgret,
  openClientSandbox,
} from "../testing/client-sandbox.ts";

const PAGES = [[{ number: 1 }, { number: 2 }], [{ number: 3 }, { number: 4 }], [{ number: 5 }]];

let upstream: ApiUpstream;
let sandbox: ClientSandbox;

beforeAll(async () => {
  sandbox = await openClientSandbox(inject("local"));
  upstream = await startApiUpstream((request, response) => {
    if (request.method === "POST") return sendJson(response, { number: 6 });
    if (request.path === "/repos/o/old/issues") {
      return response.writeHead(301, { Location: "/repositories/1/issues" }).end();
    }
    const page = Number(request.query.get("page") ?? 1);
    if (page < PAGES.length) {
      const next = `http://${upstream.host}/repositories/1/issues?page=${page + 1}`;
      response.setHeader("Link", `<${next}>; rel="next"`);
    }
    return sendJson(response, PAGES[page - 1]);
  });
});

afterAll(() => upstream.close());

function createFetchClient(): Octokit {
  const { url: egressUrl, token } = sandbox.egress;
  return new Octokit({
    auth: sandbox.key.placeholder,
    baseUrl: `http://${upstream.host}`,
    request: { fetch: createEgressFetch({ egressUrl, token }) },
  });
}

function createBaseUrlClient(): Octokit {
  return new Octokit({
    auth: sandbox.key.placeholder,
    baseUrl: sandbox.getBaseUrl(upstream.host),
  });
}

function expectKey(): void {
  expectNothingOfEgret(upstream.received, upstream.host, sandbox);
  for (const { headers } of upstream.received.splice(0)) {
    expect(headers["authorization"]).toBe(`token ${sandbox.key.value}`);
  }
}

test("reads, writes and follows a moved repository", async () => {
  for (const client of [createBaseUrlClient(), createFetchClient()]) {
    const repository = { owner: "o", repo: "r" };
    expect((await client.issues.listForRepo(repository)).data).toEqual(PAGES[0]);
    const title = sandbox.note.placeholder;
    expect((await client.issues.create({ ...repository, title })).data.number).toBe(6);
    expect(JSON.parse(upstream.received.at(-1)?.body.toString() ?? "").title).toBe(
      sandbox.note.value,
    );
    const moved = await client.issues.listForRepo({ owner: "o", repo: "old" });
    expect(moved.data).toEqual(PAGES[0]);
    expect(upstream.received.map(({ path }) => path)).toContain("/repositories/1/issues");
    expectKey();
  }
});

test("reads all pages, by the upstream's own links", async () => {
  for (const client of [createBaseUrlClient(), createFetchClient()]) {
    const issues = await client.paginate(client.issues.listForRepo, { owner: "o", repo: "r" });
    expect(issues.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
    expect(upstream.received.map(({ query }) => query.get("page"))).toEqual([null, "2", "3"]);
    expectKey();
  }
});
