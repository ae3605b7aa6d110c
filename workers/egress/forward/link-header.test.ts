import { describe, expect, test } from "vitest";
import { keepOnRoute } from "./response-headers.ts";

const ROUTE = {
  base: "https://egress.test/forward",
  root: "/forward/https/api.example.com",
  target: "https://api.example.com/repos/1/issues?page=1",
};

function rewrite(link: string): string | null {
  const headers = new Headers({ Link: link });
  keepOnRoute(headers, ROUTE);
  return headers.get("Link");
}

describe("the header Link", () => {
  test.each([
    [
      "leads every target to the route",
      '<https://api.example.com/x?page=2>; rel="next", <https://other.example/y>; rel="last"',
      '<https://egress.test/forward/https/api.example.com/x?page=2>; rel="next", ' +
        '<https://egress.test/forward/https/other.example/y>; rel="last"',
    ],
    [
      "resolves relative targets against the upstream's URL",
      '<?page=2>; rel=next, </z>; rel="up"',
      "<https://egress.test/forward/https/api.example.com/repos/1/issues?page=2>; rel=next, " +
        '<https://egress.test/forward/https/api.example.com/z>; rel="up"',
    ],
    [
      "leaves what stands in a parameter's string alone",
      '<https://a.example/>; title="see <https://b.example/> \\" <x>"',
      '<https://egress.test/forward/https/a.example/>; title="see <https://b.example/> \\" <x>"',
    ],
    [
      "leaves targets of other schemes alone",
      "<mailto:me@example.com>; rel=author",
      "<mailto:me@example.com>; rel=author",
    ],
  ])("%s", (_rule, link, expected) => {
    expect(rewrite(link)).toBe(expected);
  });
});
