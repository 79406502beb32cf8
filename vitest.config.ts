import { fileURLToPath } from "node:url";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/** The Worker's rooms run where they will run: in workerd, with the bindings of wrangler.toml. */
const workerd = cloudflareTest({ main: "./test/unit/worker.ts", wrangler: { configPath: "./wrangler.toml" } });

/** Campaigns at full size, and the judges of test/long/: `npm run test:long`. */
const isLong = process.env["HOPGATE_LONG"] !== undefined;

/**
 * For processes of end-to-end tests: they live for two minutes and run most code once, so optimizing it, and collecting
 * garbage often, takes more CPU time than it gives back.
 */
const SHORT_LIVED = [
  "--no-opt",
  "--no-maglev",
  "--liftoff-only",
  "--min-semi-space-size=32",
  "--max-semi-space-size=64",
];

/** On a busy machine everything takes longer, and no test asserts how long. */
const patient = { testTimeout: 60_000, hookTimeout: 120_000, expect: { poll: { timeout: 20_000, interval: 100 } } };

export default defineConfig({
  test: {
    silent: "passed-only",
    reporters: ["default", "./test/closing-line.ts"],
    // A process runs many files, and keeps the modules that it has loaded.
    isolate: false,
    // More than cores: tests wait for other processes and for time to pass.
    maxWorkers: 4,
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL("node_modules/.cache/node", import.meta.url)) },
    provide: {
      isLong,
      // The seed that a run of test/core/fuzz.long.test.ts has printed, to run it again.
      fuzzSeed: process.env["FUZZ_SEED"] === undefined ? undefined : Number(process.env["FUZZ_SEED"]),
    },
    projects: [
      {
        plugins: [workerd],
        extends: true,
        test: {
          // One project: each starts workerd once for every worker, which takes three seconds of CPU.
          name: "unit",
          sequence: { groupOrder: 1 },
          include: ["test/unit/**/*.test.ts", "test/core/**/*.test.ts"],
          // Campaigns over the core: `npm test` runs them in Node only.
          exclude: isLong ? [] : ["test/core/**/*.long.test.ts"],
          setupFiles: ["test/unit/empty-stores.ts"],
          ...patient,
          ...(isLong && { testTimeout: 900_000 }),
        },
      },
      {
        extends: true,
        test: {
          name: "core in node",
          // Before the others, by as many processes as there are cores: these tests wait for nothing.
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
          include: [
            "test/core/**/*.test.ts",
            "test/conformance/**/*.test.ts",
            "test/repo/**/*.test.ts",
            "test/bench/**/*.test.ts",
          ],
          testTimeout: 900_000,
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          sequence: { groupOrder: 1 },
          include: ["test/e2e/**/*.test.ts"],
          execArgv: isLong ? [] : SHORT_LIVED,
          ...patient,
        },
      },
      ...(isLong
        ? [
            {
              extends: true as const,
              test: {
                name: "long",
                include: ["test/long/**/*.test.ts"],
                fileParallelism: false,
                sequence: { groupOrder: 2 },
                ...patient,
                testTimeout: 600_000,
              },
            },
          ]
        : []),
    ],
  },
});
