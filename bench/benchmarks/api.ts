import { callApi } from "../../local/client.ts";
import type { Benchmark } from "../benchmark.ts";
import { formatNumber } from "../figures.ts";
import type { Ground } from "../ground/ground.ts";
import { createValue } from "../ground/sandboxes.ts";
import type { Call, CallsAnswer, CallsTask } from "../processes/calls.ts";
import { runTask } from "../processes/process.ts";
import type { Row } from "../row.ts";
import { getMedian, getPercentile } from "../statistics.ts";

const SEEDERS = 8;
const PROFILED_CALLS = 1000;

type ApiCase = {
  name: string;
  what: string;
  maxRoundTrips: number;
  createCall(apiUrl: string, secretIds: readonly string[], index: number): Call;
};

const CASES: readonly ApiCase[] = [
  {
    name: "api-create",
    what: "create a secret",
    maxRoundTrips: 3,
    createCall: (apiUrl) => ({ method: "POST", url: `${apiUrl}/secret`, body: createSecretBody() }),
  },
  {
    name: "api-get",
    what: "get a secret",
    maxRoundTrips: 2,
    createCall: (apiUrl, ids, index) => ({
      method: "GET",
      url: `${apiUrl}/secret/${ids[index % ids.length]}`,
    }),
  },
  {
    name: "api-list",
    what: "list a page of 100 secrets",
    maxRoundTrips: 2,
    createCall: (apiUrl) => ({ method: "GET", url: `${apiUrl}/secret/paginated?limit=100` }),
  },
  {
    name: "api-update",
    what: "update a secret's value",
    maxRoundTrips: 3,
    createCall: (apiUrl, ids, index) => ({
      method: "PATCH",
      url: `${apiUrl}/secret/${ids[index % ids.length]}`,
      body: { value: createValue() },
    }),
  },
];

/** Calls to the API one after the other, with the database's part of each. */
export const API: Benchmark = {
  rows: CASES.map(({ name }) => name),

  async run(ground, wanted) {
    const ids = await seedSecrets(ground);
    const rows: Row[] = [];
    for (const one of CASES) {
      if (wanted.has(one.name)) rows.push(await measureCase(ground, one, ids));
    }
    return rows;
  },

  profiled: {
    worker: "api",
    async exercise(ground, runtime, row) {
      const ids = await seedSecrets(ground);
      const one = CASES.find(({ name }) => name === row);
      const apiUrl = `${runtime.getOrigin("api")}/api`;
      if (one !== undefined) await makeCalls(ground, apiUrl, one, ids, PROFILED_CALLS);
    },
  },
};

function createSecretBody() {
  return { name: `S_${crypto.randomUUID()}`, value: createValue(), hosts: ["api.example.com"] };
}

/** Fills the organization up through the API; gives the ids of the secrets that it made. */
async function seedSecrets({ local, effort }: Ground): Promise<string[]> {
  const page = await callApi(local, "GET", "/secret/paginated?limit=1");
  let missing = effort.apiSecrets - (page.body as { total: number }).total;
  const ids: string[] = [];
  const seed = async () => {
    while (missing > 0) {
      missing -= 1;
      const made = await callApi(local, "POST", "/secret", createSecretBody());
      ids.push((made.body as { id: string }).id);
    }
  };
  await Promise.all(Array.from({ length: SEEDERS }, seed));
  return ids;
}

async function measureCase(ground: Ground, one: ApiCase, ids: readonly string[]): Promise<Row> {
  const { apiCalls, apiSecrets } = ground.effort;
  const { apiUrl } = ground.local;
  await makeCalls(ground, apiUrl, one, ids, Math.ceil(apiCalls / 10));
  ground.database.takeUse();
  const { durationsMs } = await makeCalls(ground, apiUrl, one, ids, apiCalls);
  const use = ground.database.takeUse();
  const roundTrips = (use.reads + use.writes) / apiCalls;
  const databaseMs = use.milliseconds / apiCalls;
  const milliseconds = getMedian(durationsMs);
  return {
    name: one.name,
    what: `API: ${one.what}, with ${formatNumber(apiSecrets)} in the organization`,
    figure: `≤ ${one.maxRoundTrips} database round trips`,
    measured: `${roundTrips} round trips; ${formatNumber(milliseconds)} ms`,
    baseline: `${formatNumber(databaseMs)} ms of it in the database`,
    isReached: roundTrips <= one.maxRoundTrips,
    note: `p99 ${formatNumber(getPercentile(durationsMs, 0.99))} ms; ${apiCalls} calls one after the other`,
    numbers: { roundTrips, milliseconds, databaseMilliseconds: databaseMs },
  };
}

function makeCalls(
  { local }: Ground,
  apiUrl: string,
  one: ApiCase,
  ids: readonly string[],
  count: number,
): Promise<CallsAnswer> {
  return runTask<CallsTask, CallsAnswer>("calls.ts", {
    calls: Array.from({ length: count }, (_, index) => one.createCall(apiUrl, ids, index)),
    headers: { Authorization: `Bearer ${local.apiKey}`, "Content-Type": "application/json" },
    perSecond: null,
  });
}
