import { describe, expect, test } from "vitest";
import { createPlaceholder } from "../../shared/placeholder.ts";
import { createSandbox, mountSecrets, type TestSandbox } from "./testing/fixture.ts";
import { getSeen, planAnswer } from "./testing/upstream.ts";

type Observed = { status: number; headers: [string, string][]; text: string };

/** All that a sandbox can observe of a request that carries a placeholder everywhere. */
async function observe(sandbox: TestSandbox, placeholder: string): Promise<Observed> {
  const url = `https://${sandbox.host}/${placeholder}?key=${placeholder}`;
  const answer = await sandbox.call(url, {
    method: "POST",
    headers: { Authorization: `Bearer ${placeholder}`, "X-Basic": placeholder },
    body: placeholder,
  });
  const seen = await getSeen(placeholder);
  expect(seen.headers["authorization"]).toBe(`Bearer ${placeholder}`);
  expect(seen.headers["x-basic"]).toBe(placeholder);
  expect(seen.url.href).toBe(url);
  expect(seen.text).toBe(placeholder);
  return { status: answer.status, headers: [...answer.headers], text: await answer.text() };
}

describe("two organizations", () => {
  test("another's, an unmounted and an unknown placeholder look the same from inside", async () => {
    const stranger = await createSandbox({ secrets: [{ hosts: ["*"] }] });
    const sandbox = await createSandbox();
    const unmounted = await mountSecrets(sandbox, [{ hosts: ["*"], environmentVariables: [] }]);
    const placeholders = [
      stranger.secrets[0]?.placeholder,
      unmounted[0]?.placeholder,
      createPlaceholder(),
    ];
    const observed: Observed[] = [];
    for (const placeholder of placeholders) {
      observed.push(await observe(sandbox, placeholder as string));
    }
    expect(observed[1]).toEqual(observed[0]);
    expect(observed[2]).toEqual(observed[0]);
    expect(observed[0]?.headers.some(([name]) => name === "egret-outcome")).toBe(false);
  });

  test("each gets its own value where both call the same host with each other's placeholders", async () => {
    const host = `${crypto.randomUUID()}.shared.example`;
    const sandboxes = [
      await createSandbox({ secrets: [{ hosts: [host] }] }),
      await createSandbox({ secrets: [{ hosts: [host] }] }),
    ];
    const [a, b] = sandboxes.map(({ secrets }) => secrets[0]);
    await Promise.all(
      sandboxes.map((sandbox, index) =>
        sandbox.call(`https://${host}/${index}/`, {
          headers: { "X-A": a?.placeholder ?? "", "X-B": b?.placeholder ?? "" },
        }),
      ),
    );
    const [first, second] = [await getSeen(`${host}/0/`), await getSeen(`${host}/1/`)];
    expect([first.headers["x-a"], first.headers["x-b"]]).toEqual([a?.value, b?.placeholder]);
    expect([second.headers["x-a"], second.headers["x-b"]]).toEqual([a?.placeholder, b?.value]);
  });

  test("one's value is not scrubbed for the other, which would say that it is known", async () => {
    const host = `${crypto.randomUUID()}.shared.example`;
    const owner = await createSandbox({ secrets: [{ hosts: [host], value: "guess-12345" }] });
    const other = await createSandbox({ secrets: [{ hosts: [host] }] });
    await planAnswer(`https://${host}/`, { body: ["guess-12345"] });
    expect(await (await other.call(`https://${host}/`)).text()).toBe("guess-12345");
    expect(await (await owner.call(`https://${host}/`)).text()).toBe(owner.secrets[0]?.placeholder);
  });

  test("a mount that names another organization's secret gives nothing", async () => {
    const owner = await createSandbox();
    const thief = await createSandbox({ secrets: [] });
    const [stolen] = owner.secrets;
    await mountSecrets({ id: thief.id, organizationId: owner.organizationId }, []);
    const answer = await thief.call(`https://${owner.host}/`, {
      headers: { "X-Key": stolen?.placeholder as string },
    });
    expect(answer.headers.get("Egret-Outcome")).toBeNull();
    expect((await getSeen(owner.host)).headers["x-key"]).toBe(stolen?.placeholder);
  });
});

describe("hosts", () => {
  const id = crypto.randomUUID();

  test.each([
    [`api.${id}.example`, [`api.${id}.example`], true],
    [`API.${id}.EXAMPLE.`, [`api.${id}.example`], true],
    [`api.${id}.example:8443`, [`api.${id}.example`], true],
    [`x.api.${id}.example`, [`api.${id}.example`], false],
    [`${id}.example`, [`*.${id}.example`], true],
    [`a.b.${id}.example`, [`*.${id}.example`], true],
    [`evil-${id}.example`, [`*.${id}.example`], false],
    [`${id}.example.evil.example`, [`*.${id}.example`], false],
    [`b\u00fc.${id}.example`, [`xn--b-other.${id}.example`], false],
    [`b\u00fc.${id}.example`, [`xn--b-eha.${id}.example`], true],
    [`93.184.216.34`, ["93.184.216.34"], true],
    [`0x5db8d822`, ["93.184.216.34"], true],
    [`93.184.216.34`, ["*.216.34"], false],
    [`93.184.216.34`, ["*"], true],
    [`[::ffff:93.184.216.34]`, ["93.184.216.34"], false],
    [`any.${id}.example`, ["*"], true],
    [`any.${id}.example`, [], false],
    [`any.${id}.example`, ["other.example", `any.${id}.example`], true],
  ])("%s with %j: the value goes there is %s", async (authority, hosts, isAllowed) => {
    const sandbox = await createSandbox({ secrets: [{ hosts }] });
    const { placeholder, value } = sandbox.secrets[0] ?? {};
    const path = crypto.randomUUID();
    await sandbox.call(`https://${authority}/${path}`, { headers: { "X-Key": `${placeholder}` } });
    expect((await getSeen(path)).headers["x-key"]).toBe(isAllowed ? value : placeholder);
  });
});
