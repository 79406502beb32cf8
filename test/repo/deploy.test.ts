/** What `npm run deploy` would do; nothing is deployed here. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "smol-toml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addressOptions, workersDevObjection } from "../../local/deploying/addresses.ts";
import { objectionsTo } from "../../local/deploying/objections.ts";
import { ENVIRONMENTS, isListed, PLACEHOLDERS, resourcesOf } from "../../local/deploying/resources.ts";
import { neededSecrets } from "../../local/deploying/secrets.ts";
import { readConfig } from "../../worker/config.ts";

const run = promisify(execFile);
const env = { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "1" };

const addresses = addressOptions(["https://gateway.mine.dev", "https://*.api.mine.dev"]);

describe.each(ENVIRONMENTS)("the environment %s of wrangler.toml", (environment) => {
  interface Bindings {
    readonly kv_namespaces: readonly { id: string }[];
    readonly durable_objects: object;
    readonly queues: { producers: readonly { queue: string }[]; consumers: readonly { queue: string }[] };
    readonly r2_buckets: readonly { bucket_name: string }[];
  }
  const bindings = async (): Promise<Bindings & { env: Record<string, Bindings> }> =>
    parse(await readFile("wrangler.toml", "utf8")) as never;

  test("has exactly the resources that are created for it", async () => {
    const { queues, r2_buckets: buckets, kv_namespaces: kv } = (await bindings()).env[environment] as Bindings;
    const names = [...queues.producers, ...queues.consumers].map(({ queue }) => queue);
    const made = resourcesOf(environment).map(({ name }) => name);
    expect(new Set([...names, ...buckets.map(({ bucket_name }) => bucket_name)])).toEqual(new Set(made.slice(1)));
    expect(kv[0]?.id).toBe(PLACEHOLDERS[environment]);
  });

  test("has the Durable Objects of the Worker", async () => {
    const { durable_objects: own, env } = await bindings();
    expect(env[environment]?.durable_objects).toEqual(own);
  });
});

test("existing resources are recognized, and similar names are not", () => {
  expect(isListed('[{"id":"1","title":"hopgate"}]', "hopgate")).toBe(true);
  expect(isListed('[{"id":"1","title":"hopgate-other"}]', "hopgate")).toBe(false);
  expect(isListed("│ 1f │ hopgate-audit │ 2026 │", "hopgate-audit")).toBe(true);
  expect(isListed("│ 1f │ hopgate-audit-old │", "hopgate-audit")).toBe(false);
});

test("every origin gets an address: a domain, a route, or workers.dev", () => {
  expect(addresses).toEqual(["--domain", "gateway.mine.dev", "--route", "*.api.mine.dev/*"]);
  const dev = ["https://hopgate.mine.workers.dev"];
  expect(addressOptions(dev)).toEqual([]);
  expect(workersDevObjection(dev, true, "production")).toBeUndefined();
  expect(workersDevObjection(dev, false, "production")).toContain("set workers_dev = true");
});

const FIT = `
[gateway]
id = "https://gateway.mine.dev"
[telemetry]
otlp = "https://otlp.mine.dev"
[console]
oidc = { issuer = "https://login.mine.dev", client_id = "console" }
[[issuers]]
issuer = "https://login.mine.dev"
discovery = true
[[routes]]
id = "crm"
api = "crm"
path = "/crm/*"
upstream = "https://crm.vendor.dev"
audience = "https://crm.vendor.dev"
sensitivity = "low"
credential = { kind = "header", secret = "CRM_KEY" }
[routes.methods]
GET = { action = "crm:read" }
`;

describe("a configuration that cannot be deployed", () => {
  test.each([
    ["a placeholder", "crm.vendor.dev", "crm.example.com", "routes[0].upstream: `crm.example.com` is a placeholder"],
    ["another", "gateway.mine.dev", "gateway.acme.example", "gateway.id: `gateway.acme.example` is a placeholder"],
    [
      "an upstream on this machine",
      "https://crm.vendor.dev",
      "http://127.0.0.1:8788",
      "routes[0].upstream: `127.0.0.1` is this machine, which Cloudflare cannot reach",
    ],
    [
      "an upstream over plain http",
      'sensitivity = "low"',
      'sensitivity = "low"\nallow_http = true',
      "routes[0].allow_http: from Cloudflare the upstream is reached over the Internet",
    ],
    ["local sign-in", "[console]", "[console]\nlocal = true", "console.local: anyone with the admin token"],
  ])("has %s", (_, from, to, objection) => {
    const text = FIT.replaceAll(from, to);
    expect(objectionsTo(FIT, readConfig(FIT))).toEqual([]);
    expect(objectionsTo(text, readConfig(text)).join("\n")).toContain(objection);
  });
});

test("secrets that only the operator has are known from the configuration", () => {
  const names = neededSecrets(readConfig(FIT)).map(({ name }) => name);
  expect(names).toEqual(["CRM_KEY", "CONSOLE_CLIENT_SECRET", "OTLP_HEADERS"]);
});

describe("npm run deploy -- --dry-run", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hopgate-deploy-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("refuses the sample configurations before anything is built", async () => {
    const refusal = run(process.execPath, ["local/deploy.ts", "--dry-run"], { env });
    await expect(refusal).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("gateway.id: `gateway.example.com` is a placeholder"),
    });
    const local = run(process.execPath, ["local/deploy.ts", "--dry-run", "--config", "config/local.toml"], { env });
    await expect(local).rejects.toMatchObject({ stderr: expect.stringContaining("console.local") });
  });

  test("refuses an invalid file of secrets, and does not print it", async () => {
    const [config, secrets] = [join(folder, "fit.toml"), join(folder, "secrets.json")];
    await writeFile(config, FIT);
    await writeFile(secrets, "CRM_KEY=hush-hush");
    const args = ["local/deploy.ts", "--dry-run", "--config", config, "--secrets", secrets];
    const refusal = (await run(process.execPath, args, { env }).catch((error: unknown) => error)) as { stderr: string };
    expect(refusal.stderr).toContain("must be a JSON object");
    expect(refusal.stderr).not.toContain("hush-hush");
  });
});
