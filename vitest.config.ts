import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/** The Worker's rooms run where they will run: in workerd, with the bindings of wrangler.toml. */
const workerd = () => cloudflareTest({ main: "./test/unit/worker.ts", wrangler: { configPath: "./wrangler.toml" } });

/** Campaigns at full size, and the judges of test/long/: `npm run test:long`. */
const isLong = process.env["HOPGATE_LONG"] !== undefined;

/** Faults of a self-hosted gateway, and programs by others that judge a running one, each at its own length. */
const judges = {
  test: { name: "long", include: ["test/long/**/*.test.ts"], testTimeout: 600_000, fileParallelism: false },
};

export default defineConfig({
  test: {
    silent: "passed-only",
    reporters: ["default", "./test/closing-line.ts"],
    provide: {
      isLong,
      // The seed that a run of test/core/fuzz.long.test.ts has printed, to run it again.
      fuzzSeed: process.env["FUZZ_SEED"] === undefined ? undefined : Number(process.env["FUZZ_SEED"]),
    },
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
      ...(isLong ? [judges] : []),
    ],
  },
});
