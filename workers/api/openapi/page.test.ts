import { expect, it } from "vitest";
import { ALL_ROUTES } from "../routes/table.ts";
import { callApi } from "../testing/fixture.ts";
import { createDocument } from "./document.ts";
import { html } from "./html.ts";

it("shows every operation and schema in a page that may load and run nothing", async () => {
  const { status, headers, text } = await callApi("GET /docs");
  expect(status).toBe(200);
  expect(headers.get("Content-Type")).toBe("text/html; charset=utf-8");
  const policy = headers.get("Content-Security-Policy");
  expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; /);
  expect(text).not.toMatch(/<script|<link|<img|@import|url\(|https?:\/\/| style="/i);
  const { paths, components } = createDocument(ALL_ROUTES, "/api");
  const operations = Object.values(paths).flatMap((path) => Object.values(path));
  for (const { operationId } of operations) expect(text).toContain(`id="${operationId}"`);
  for (const name of Object.keys(components.schemas)) {
    expect(text).toContain(`id="schema-${name}"`);
  }
});

it("has a style with the hash that its policy allows", async () => {
  const { headers, text } = await callApi("GET /docs");
  const [, style = ""] = /<style>([\s\S]*)<\/style>/.exec(text) ?? [];
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
  const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
  expect(headers.get("Content-Security-Policy")).toContain(`'sha256-${hash}'`);
});

it("links only to what is on the page", async () => {
  const { text } = await callApi("GET /docs");
  for (const [, id] of text.matchAll(/href="#([^"]+)"/g)) expect(text).toContain(`id="${id}"`);
});

it("escapes what is put into a template, and leaves HTML as it is", () => {
  expect(html`<p>${`<b a="'">&`}${html`<i>${"<"}</i>`}${[html`1`, html`2`]}</p>`.html).toBe(
    "<p>&lt;b a=&quot;&#39;&quot;&gt;&amp;<i>&lt;</i>12</p>",
  );
});
