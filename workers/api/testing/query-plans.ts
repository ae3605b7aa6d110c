import { openDatabase } from "../../../shared/database/database.ts";
import { type Call, createTestApp, openTestDatabase, TEST_BINDINGS } from "./fixture.ts";

/** A statement as the API sent it to the database. */
export type SentStatement = { sql: string; args: (string | number | null)[] };

/** One step of SQLite's plan for a statement; `parent` is 0 for those of the statement itself. */
export type PlanStep = { parent: number; detail: string };

// Hrana 3 over HTTP: what of a pipeline's requests holds statements.
type Stmt = { sql?: string; sql_id?: number; args?: { type: string; value?: string }[] };
type PipelineRequest = {
  sql?: string;
  sql_id?: number;
  stmt?: Stmt;
  batch?: { steps: { stmt: Stmt }[] };
};

/** Makes an API that tells which queries it sends; `take` gives those since it was called last. */
export function createWatchedApp(): { call: Call; take: () => SentStatement[] } {
  let sent: SentStatement[] = [];
  const call = createTestApp({
    openDatabase: () =>
      openDatabase({
        url: TEST_BINDINGS.DATABASE_URL,
        timeoutMs: 10_000,
        fetch: async (request, init) => {
          sent.push(...readQueries(await request.clone().text()));
          return fetch(request, init);
        },
      }),
  });
  const take = () => {
    const taken = sent;
    sent = [];
    return taken;
  };
  return { call, take };
}

/** Asks the database how it answers a query. */
export async function explainQuery({ sql, args }: SentStatement): Promise<PlanStep[]> {
  const { rows } = await openTestDatabase().$client.execute({
    sql: `EXPLAIN QUERY PLAN ${sql}`,
    args,
  });
  return rows.map((row) => ({ parent: Number(row["parent"]), detail: String(row["detail"]) }));
}

function readQueries(pipeline: string): SentStatement[] {
  if (pipeline === "") return [];
  const { requests } = JSON.parse(pipeline) as { requests: PipelineRequest[] };
  const stored = new Map(requests.map(({ sql_id: id, sql }) => [id, sql]));
  return requests
    .flatMap(({ stmt, batch }) => [stmt ?? [], batch?.steps.map((step) => step.stmt) ?? []].flat())
    .map(({ sql, sql_id: id, args = [] }) => ({
      sql: sql ?? stored.get(id) ?? "",
      args: args.map(({ type, value = null }) =>
        type === "integer" || type === "float" ? Number(value) : value,
      ),
    }))
    .filter(({ sql }) => /^\s*select/i.test(sql));
}
