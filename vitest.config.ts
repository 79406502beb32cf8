import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/** The Worker's rooms run where they will run: in workerd, with the bindings of wrangler.toml. */
const workerd = () => cloudflareTest({ main: "./test/unit/worker.ts", wrangler: { configPath: "./wrangler.toml" } });

export default defineConfig({
  test: {
    silent: "passed-only",
    reporters: ["default", "./test/closing-line.ts"],
    // The seed that a run of test/core/fuzz.test.ts has printed, to run it again.
    provide: { fuzzSeed: process.env["FUZZ_SEED"] === undefined ? undefined : Number(process.env["FUZZ_SEED"]) },
    projects: [
      { plugins: [workerd()], test: { name: "unit", include: ["test/unit/**/*.test.ts"] } },
      {
        plugins: [workerd()],
        test: { name: "core in workerd", include: ["test/core/**/*.test.ts"], testTimeout: 120_000 },
      },
      {
        test: {
          name: "core in node",
          include: [
            "test/core/**/*.test.ts",
            "test/conformance/**/*.test.ts",
            "test/repo/**/*.test.ts",
            "test/bench/**/*.test.ts",
          ],
          testTimeout: 300_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          // What comes after an answer comes when a busy machine gets to it; nothing is asserted of how soon.
          expect: { poll: { timeout: 10_000 } },
        },
      },
    ],
  },
});
