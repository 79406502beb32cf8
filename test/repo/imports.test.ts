/** Which room may import which: the table that docs/architecture.md describes. */
import { describe, expect, test } from "vitest";
import { filesIn, importsOf, read } from "./files.ts";

describe("imports go down only", () => {
  const BASE = "worker, what every room needs";
  /** Files of `worker/` that belong to no room, and what they are. */
  const BESIDE: Record<string, readonly string[]> = {
    [BASE]: [
      "config",
      "content",
      "core",
      "errors",
      "expiring",
      "in-flight",
      "kv",
      "limit-body",
      "log",
      "log-events",
      "memo",
      "rules",
      "sent",
      "serial",
      "shard",
      "steps",
      "trace",
    ],
    "worker, types alone": ["types", "presentation", "claims", "env"],
    "worker, the rooms put together": ["compose/", "objects", "queues", "stores"],
    "worker/index.ts": ["index"],
  };
  /** Each room with what it may import beside itself: only rooms that stand above it here. */
  const ALLOWED: Record<string, readonly string[]> = {
    wasm: [],
    dist: [],
    sdk: [],
    "worker/http": ["wasm"],
    "worker/config": ["wasm", "worker/http"],
    "worker, types alone": [],
    [BASE]: ["wasm", "dist", "worker/config"],
    "worker/trust": ["wasm", BASE],
    "worker/chain": ["wasm", BASE, "worker/trust"],
    "worker/proof": ["wasm", BASE, "worker/trust"],
    "worker/policy": ["wasm", BASE, "worker/trust", "worker/chain"],
    "worker/ledger": ["wasm", BASE, "worker/chain", "worker/policy"],
    "worker/signs": ["wasm", BASE, "worker/chain"],
    "worker/revocation": [BASE, "worker/trust", "worker/chain", "worker/ledger"],
    "worker/transmitter": ["worker/http", BASE, "worker/trust", "worker/chain", "worker/revocation"],
    "worker/approval": ["wasm", "worker/http", BASE, "worker/trust", "worker/chain", "worker/ledger"],
    "worker/telemetry": [BASE, "worker/ledger"],
    "worker/mcp": [BASE, "worker/trust", "worker/chain"],
    "worker/vendor": [BASE, "worker/trust", "worker/chain"],
    "worker/gateway": [
      ...["wasm", "worker/http", BASE, "worker/trust", "worker/chain", "worker/proof", "worker/policy"],
      ...["worker/ledger", "worker/signs", "worker/approval", "worker/telemetry", "worker/mcp", "worker/vendor"],
    ],
    "worker/people": [BASE, "worker/trust", "worker/chain"],
    "worker/pages": ["worker/http"],
    "worker/oauth": [
      ...["wasm", "worker/http", BASE, "worker/trust", "worker/chain", "worker/proof"],
      ...["worker/ledger", "worker/telemetry", "worker/vendor", "worker/people", "worker/pages"],
    ],
    "worker/authzen": ["worker/http", BASE, "worker/trust", "worker/chain", "worker/gateway"],
    "worker/console": [
      ...[BASE, "worker/chain", "worker/policy", "worker/ledger", "worker/revocation", "worker/approval"],
      ...["worker/vendor", "worker/people", "worker/pages", "worker/oauth"],
    ],
    "worker/admin": [
      ...[BASE, "worker/trust", "worker/chain", "worker/policy"],
      ...["worker/ledger", "worker/revocation", "worker/people", "worker/oauth", "worker/console"],
    ],
    "worker, the rooms put together": [
      ...["dist", "worker/http", BASE, "worker/trust", "worker/chain", "worker/policy", "worker/ledger"],
      ...[
        "worker/revocation",
        "worker/transmitter",
        "worker/signs",
        "worker/approval",
        "worker/telemetry",
        "worker/mcp",
        "worker/vendor",
      ],
      "worker/gateway",
      ...["worker/people", "worker/oauth", "worker/console", "worker/admin"],
    ],
    "worker/index.ts": [
      ...["worker/http", BASE, "worker/trust", "worker/revocation", "worker/approval", "worker/transmitter"],
      ...["worker/telemetry", "worker/gateway", "worker/authzen", "worker/oauth", "worker/console", "worker/admin"],
      "worker, the rooms put together",
    ],
    "policies/tool": ["sdk", "worker/chain", "worker/policy", "worker/ledger"],
    local: ["sdk", BASE],
    cli: [
      ...["wasm", "sdk", "worker/config", BASE, "worker/trust", "worker/chain", "worker/policy", "worker/ledger"],
      ...["worker/revocation", "worker/approval", "worker/oauth", "worker/admin", "policies/tool", "local"],
    ],
    demo: ["sdk", "worker/chain", "worker/ledger", "policies/tool", "local", "cli"],
    selfhost: ["sdk", BASE, "worker/trust", "worker/ledger", "worker/index.ts", "local"],
    examples: ["sdk", "worker/chain", "worker/ledger", "policies/tool", "local", "cli"],
    bench: [
      ...["wasm", "dist", "sdk", BASE, "worker/policy", "worker/ledger", "worker/revocation"],
      ...["worker/trust", "worker/chain", "policies/tool", "local", "demo", "selfhost"],
    ],
    "local/reference": ["worker/config", BASE, "worker/telemetry", "local", "cli", "selfhost"],
    "local/docs.ts": ["local", "local/reference"],
  };
  /** Tests may import what they test; nothing imports a test. */
  const FOLDERS = ["wasm", "sdk", "worker", "policies/tool", "local", "cli", "demo", "selfhost", "examples", "bench"];
  const TYPES = ["worker/types.ts", "worker/presentation.ts", "worker/claims.ts", "worker/env.ts"];

  function roomOf(file: string): string {
    const beside = Object.entries(BESIDE).find(([, names]) =>
      names.some((name) => (name.endsWith("/") ? file.startsWith(`worker/${name}`) : file === `worker/${name}.ts`)),
    );
    if (beside !== undefined) return beside[0];
    const [room] = Object.keys(ALLOWED)
      .filter((name) => file === name || file.startsWith(`${name}/`))
      .toSorted((a, b) => b.length - a.length);
    expect(room, `${file} is in no room of the table`).toBeDefined();
    return room as string;
  }
  const sources = FOLDERS.flatMap(filesIn).filter((file) => !file.startsWith("wasm/assembly"));
  const byRoom = Map.groupBy(sources, roomOf);

  test("the table is in the order of the rooms, and has every room", () => {
    const rooms = Object.keys(ALLOWED);
    for (const [room, allowed] of Object.entries(ALLOWED))
      for (const other of allowed)
        expect(rooms.slice(0, rooms.indexOf(room)), `${room} imports ${other}`).toContain(other);
    expect(new Set([...byRoom.keys(), "dist"])).toEqual(new Set(rooms));
  });

  test.each(Object.entries(ALLOWED))("%s", (room, allowed) => {
    for (const file of byRoom.get(room) ?? []) {
      for (const target of importsOf(file)) {
        if (TYPES.includes(target) || TYPES.includes(file)) continue;
        expect([room, ...allowed], `${file} imports ${target}`).toContain(roomOf(target));
      }
    }
  });

  test("each room imports exactly what the table says", () => {
    const used = (room: string): Set<string> =>
      new Set((byRoom.get(room) ?? []).flatMap((file) => (TYPES.includes(file) ? [] : importsOf(file).map(roomOf))));
    const unused = Object.entries(ALLOWED).map(
      ([room, allowed]) => [room, allowed.filter((other) => !used(room).has(other))] as const,
    );
    expect(unused.filter(([, rooms]) => rooms.length > 0)).toEqual([]);
  });

  test("modules that every room may import, and that import from any, contain only types", () => {
    for (const file of TYPES) {
      const text = read(file);
      expect(text.match(/^import (?!type )/gm), file).toBeNull();
      expect(text.match(/^export (?!interface |type )/gm), file).toBeNull();
    }
  });

  test("only tests import tests", () => {
    for (const file of sources)
      for (const target of importsOf(file)) expect(target.startsWith("test/"), `${file} imports ${target}`).toBe(false);
  });

  test("served code imports no tool, no command line and no test", () => {
    const served = filesIn("worker").flatMap(importsOf);
    expect(served.filter((target) => !/^(worker|wasm|dist)\//.test(target))).toEqual([]);
  });

  test("a stage imports no other stage; only the pipeline knows all seven", () => {
    const stages = ["parse", "verify", "decide", "admit", "mint", "forward", "settle"].map(
      (name) => `worker/gateway/${name}.ts`,
    );
    for (const stage of stages) for (const target of importsOf(stage)) expect(stages, stage).not.toContain(target);
    expect(importsOf("worker/gateway/pipeline.ts")).toEqual(expect.arrayContaining(stages));
  });

  test("there are no cycles", () => {
    const files = [
      ...filesIn("worker"),
      ...filesIn("wasm").filter((file) => !file.includes("assembly")),
      ...["sdk", "policies/tool", "local", "cli", "demo", "selfhost", "examples", "bench", "test"].flatMap(filesIn),
    ];
    const graph = new Map(files.map((file) => [file, importsOf(file)]));
    const done = new Set<string>();
    const visit = (file: string, above: readonly string[]): void => {
      expect(above, `${[...above, file].join(" -> ")}`).not.toContain(file);
      if (done.has(file)) return;
      for (const target of graph.get(file) ?? []) visit(target, [...above, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
  });
});
