import { Daytona } from "@daytona/sdk";

// A program that keeps many secrets and walks through their pages.
const COUNT = 250;
const AT_ONCE = 10;

const [prefix = ""] = process.argv.slice(2);
const daytona = new Daytona({
  apiKey: process.env["EGRET_API_KEY"] ?? "",
  apiUrl: process.env["EGRET_API_URL"] ?? "",
});

const names = Array.from({ length: COUNT }, (_, index) => `${prefix}_${index}`);
await forEachOf(names, (name) => daytona.secret.create({ name, value: "v" }));

const pages: string[][] = [];
const totals: number[] = [];
const ids: string[] = [];
let cursor: string | undefined;
do {
  const page = await daytona.secret.list({
    name: prefix,
    limit: 100,
    sort: "name",
    order: "asc",
    ...(cursor === undefined ? {} : { cursor }),
  });
  pages.push(page.items.map(({ name }) => name));
  totals.push(page.total);
  ids.push(...page.items.map(({ id }) => id));
  cursor = page.nextCursor ?? undefined;
} while (cursor !== undefined);

await forEachOf(ids, (id) => daytona.secret.delete(id));
console.log(JSON.stringify({ names, pages, totals, doneAt: Date.now() }));

/** Does something with each item, a few at a time. */
async function forEachOf(items: string[], act: (item: string) => Promise<unknown>) {
  const queue = items.values();
  const workers = Array.from({ length: AT_ONCE }, async () => {
    for (const item of queue) await act(item);
  });
  await Promise.all(workers);
}
