/** How SQLite carries out the statements of Durable Objects, as it says itself (https://sqlite.org/eqp.html). */
import { runInDurableObject } from "cloudflare:test";
import { vi } from "vitest";

export interface Planned {
  readonly statement: string;
  /**
   * Whether no value limits what it reads of a table; a table-valued function, such as json_each, is none. The least
   * and the most of an index are read so too, and SQLite says the same of those of a column without one.
   */
  readonly scans: boolean;
}

/**
 * The statements that objects make while it runs, each once.
 *
 * @param object any: those of the tests run in one isolate
 */
export async function planned<T extends Rpc.DurableObjectBranded>(
  object: DurableObjectStub<T>,
  run: () => Promise<unknown>,
): Promise<Planned[]> {
  const kind = await runInDurableObject(
    object,
    (_, { storage }) => Object.getPrototypeOf(storage.sql) as Pick<SqlStorage, "exec">,
  );
  const { exec } = kind;
  const made = new Map<string, boolean>();
  const spy = vi.spyOn(kind, "exec").mockImplementation(function (this: SqlStorage, statement, ...parameters) {
    const told = /^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b/.test(statement)
      ? exec.call(this, `EXPLAIN QUERY PLAN ${statement}`, ...parameters).toArray()
      : [];
    const plan = told.map(({ detail }) => String(detail));
    const scans = plan.some((step) => /^(SCAN|SEARCH) (?!.*(VIRTUAL TABLE|CONSTANT ROW|[=<>]\(?\?))/.test(step));
    made.set(statement.replaceAll(/\s+/g, " "), scans);
    return exec.call(this, statement, ...parameters) as never;
  });
  await run().finally(() => spy.mockRestore());
  return [...made].map(([statement, scans]) => ({ statement, scans }));
}
