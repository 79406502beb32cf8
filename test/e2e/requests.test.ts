/**
 * Which parts of a request pass: headers by a list, paths and queries that every parser reads the same way, known
 * hosts.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { PATHS } from "../vectors/paths.ts";
import { call, chainNow, recordsOf, seenBy, startWorld, type World } from "./harness.ts";
import { rawCall, ruleOf } from "./raw.ts";
import type { Seen } from "./upstream.ts";

const HOSTS = `
[[routes]]
id = "payments-host"
api = "payments-api"
host = "pay.acme.example"
path = "/ledger/*"
upstream = "UPSTREAM"
audience = "https://payments.acme.example"
sensitivity = "high"
methods = { GET = { action = "payouts:write", scopes = ["payouts:write"] } }

[[routes]]
id = "any-host"
api = "orders-api"
path = "/ledger/*"
upstream = "UPSTREAM"
audience = "https://orders.acme.example"
sensitivity = "low"
methods = { GET = { action = "orders:read", scopes = ["orders:read"] } }

[[routes]]
id = "orders-admin"
api = "orders-api"
path = "/all/admin"
upstream = "UPSTREAM"
audience = "https://orders.acme.example"
sensitivity = "high"
methods = { GET = { action = "payouts:write", scopes = ["payouts:write"] } }

[[routes]]
id = "orders-all"
api = "orders-api"
path = "/all/*"
upstream = "UPSTREAM"
audience = "https://orders.acme.example"
sensitivity = "low"
methods = { GET = { action = "orders:read", scopes = ["orders:read"] } }
`;

let world: World;
beforeAll(async () => {
  world = await startWorld({
    edit: (config) => {
      const upstream = /^upstream = "(http:[^"]+?)"/m.exec(config)?.[1] as string;
      const origins = `origins = ["https://gateway.acme.example", "https://pay.acme.example", "https://pay.acme.example:8443"]`;
      return config.replace("trust_domain", `${origins}\ntrust_domain`) + HOSTS.replaceAll("UPSTREAM", upstream);
    },
  });
});
afterAll(() => world.stop());

describe("headers", () => {
  test.each([
    ["provenance whose underscores CGI and WSGI read as dashes", "Hop_Subject"],
    ["a forged task", "hop_txn"],
    ["another method", "X-HTTP-Method-Override"],
    ["another method, as Rails and Spring know it", "X-HTTP-Method"],
    ["another method, as Express knows it", "X-Method-Override"],
    ["another address, as IIS knows it", "X-Original-URL"],
    ["another address, as Symfony knows it", "X-Rewrite-URL"],
    ["another host", "X-Forwarded-Host"],
    ["another user", "X-Forwarded-User"],
    ["another caller", "X-Forwarded-For"],
    ["another caller, as nginx knows it", "X-Real-IP"],
    ["another caller, by RFC 7239", "Forwarded"],
    ["a client certificate (RFC 9440)", "Client-Cert"],
    ["another person, as GitLab knows it", "Sudo"],
    ["an account, as Stripe knows it", "Stripe-Account"],
    ["a session of the caller's own", "Cookie"],
    ["a credential for another server", "Proxy-Authorization"],
    ["a signature over something else", "Signature-Input"],
    ["an envelope's delivery", "Hop-Message"],
    ["an internal address of Express", "X-Accel-Redirect"],
    ["whatever nobody here has heard of", "X-Unheard-Of"],
  ])("that claim %s do not pass: %s", async (_, name) => {
    const answer = await rawCall(world, { path: "/orders/17", lines: [[name, "forged"]] });
    expect(answer.status).toBe(200);
    const { headers } = JSON.parse(answer.body) as Seen;
    expect(JSON.stringify(headers)).not.toContain("forged");
  });

  test("that APIs need pass, and the route's own are added", async () => {
    const sent = {
      accept: "application/json",
      "accept-language": "de",
      "if-none-match": '"1"',
      "idempotency-key": '"k"',
      prefer: "return=minimal",
      range: "bytes=0-1",
      "user-agent": "agent/1",
      "x-mine": "yes",
    };
    const { headers } = await seenBy(await call(world, { headers: sent }));
    expect(headers).toMatchObject(sent);
  });

  test("of the gateway's own are there once", async () => {
    const { headers } = await seenBy(
      await call(world, { headers: { "hop-subject": '"root"', "hop-chain": '"root"' } }),
    );
    expect(headers["hop-subject"]).toBe('"alice";iss="https://idp.acme.example"');
    expect(headers["hop-chain"]).not.toContain("root");
  });
});

describe("paths", () => {
  test.each(PATHS.map(({ path, verdict, read }) => [verdict, path, read] as const))(
    "%s: %s (%s)",
    async (verdict, path) => {
      const answer = await rawCall(world, { path, proof: { htu: targetOf(path) } });
      if (verdict === "passes") {
        expect(answer.status, answer.body).toBe(200);
        expect((JSON.parse(answer.body) as Seen).url).toBe(path);
      } else if (verdict === "normalized" && answer.status === 200) {
        expect((JSON.parse(answer.body) as Seen).url).toBe(new URL(path, world.url).pathname);
      } else {
        expect([400, 404]).toContain(answer.status);
      }
    },
  );

  /** The proof is for the path as sent, so that nothing else refuses it. */
  const targetOf = (path: string): string => (URL.canParse(world.url + path) ? world.url + path : world.url);

  test.each(["/all/Admin", "/all/admin/", "/all/ADMIN/"])(
    "that Express, Spring or IIS take for another route's are refused: %s",
    async (path) => {
      expect(ruleOf(await rawCall(world, { path }))).toBe("path_ambiguous");
    },
  );

  test("that no server takes for another route's pass unchanged", async () => {
    expect((await rawCall(world, { path: "/all/administration" })).status).toBe(200);
  });

  test("of more than 8,192 characters are refused", async () => {
    expect(ruleOf(await rawCall(world, { path: `/orders/${"a".repeat(8200)}`, proof: { htu: world.url } }))).toBe(
      "target_too_long",
    );
  });
});

describe("queries", () => {
  test("are visible to policies, with repeated names marked, and recorded in the ledger", async () => {
    const txn = `task-${crypto.randomUUID()}`;
    const path = "/orders/17?a=1&b=x%20y&a=2&flag&_method=DELETE";
    const seen = await seenBy(await call(world, { path, chain: await chainNow({ 0: { claims: { txn } } }) }));
    expect(seen.url).toBe(path);
    const [record] = (await recordsOf(world, txn, 1)) as AuditRecord[];
    expect(record?.request?.query).toBe("a=1&b=x%20y&a=2&flag=&_method=DELETE");
    expect(record?.decision?.question.request.context["query"]).toEqual({
      parameters: [
        { name: "a", value: "1" },
        { name: "b", value: "x y" },
        { name: "a", value: "2" },
        { name: "flag", value: "" },
        { name: "_method", value: "DELETE" },
      ],
      names: ["a", "b", "flag", "_method"],
      duplicates: ["a"],
    });
  });

  test("are recorded without values that look like secrets; the upstream gets them unchanged", async () => {
    const txn = `task-${crypto.randomUUID()}`;
    const path = "/orders/17?access_token=s3cret-1&api-key=s3cret-2&cursor=eyJzM2NyZXQ.x.y&page=2";
    const seen = await seenBy(await call(world, { path, chain: await chainNow({ 0: { claims: { txn } } }) }));
    expect(seen.url).toBe(path);
    const [record] = (await recordsOf(world, txn, 1)) as AuditRecord[];
    expect(record?.request?.query).toBe("access_token=*&api-key=*&cursor=*&page=2");
    expect(JSON.stringify(record)).not.toMatch(/s3cret|eyJzM2/);
  });

  test.each([
    ["a broken escape", "/orders/17?a=%zz", "query_ambiguous"],
    ["octets that are no UTF-8", "/orders/17?a=%ff", "query_ambiguous"],
    ["a NUL", "/orders/17?a=%00", "query_ambiguous"],
    ["a semicolon, at which some part parameters", "/orders/17?page=1;admin=true", "query_ambiguous"],
    ["more parameters than some servers keep", `/orders/17?${"a&".repeat(130)}`, "query_ambiguous"],
    ["more than 8,192 characters", `/orders/17?a=${"b".repeat(8192)}`, "target_too_long"],
  ])("with %s are refused", async (_, path, rule) => {
    expect(ruleOf(await rawCall(world, { path, proof: { htu: world.url } }))).toBe(rule);
  });
});

describe("hosts", () => {
  test("that the configuration does not name are refused as misdirected, whatever the proof names", async () => {
    const answer = await rawCall(world, {
      path: "/orders/17",
      host: "evil.example",
      proof: { htu: "http://evil.example/orders/17" },
    });
    expect([answer.status, ruleOf(answer)]).toEqual([421, "misdirected_request"]);
  });

  test.each(["/oauth/token", "/.well-known/oauth-authorization-server", "/console/sign-in", "/events"])(
    "are refused as misdirected at %s too",
    async (path) => {
      expect((await rawCall(world, { path, host: "evil.example" })).status).toBe(421);
    },
  );

  test("are not checked for probes", async () => {
    expect((await rawCall(world, { path: "/healthz", host: "10.0.0.1" })).status).toBe(200);
  });

  test("of a proof are those of the configuration, if TLS ends before the gateway", async () => {
    const htu = "https://gateway.acme.example/orders/17";
    expect((await rawCall(world, { path: "/orders/17", host: "gateway.acme.example", proof: { htu } })).status).toBe(
      200,
    );
    const plain = { htu: "http://gateway.acme.example/orders/17" };
    const answer = await rawCall(world, { path: "/orders/17", host: "gateway.acme.example", proof: plain });
    expect(ruleOf(answer)).toBe("proof_target");
  });

  test.each([
    ["pay.acme.example", "https://pay.acme.example"],
    ["pay.acme.example:8443", "https://pay.acme.example:8443"],
    ["pay.acme.example:443", "https://pay.acme.example"],
    ["pay.acme.example.", "https://pay.acme.example"],
    ["PAY.acme.example", "https://pay.acme.example"],
  ])("choose a route by their name alone: %s", async (host, origin) => {
    const answer = await rawCall(world, { path: "/ledger/7", host, proof: { htu: `${origin}/ledger/7` } });
    // The route of this host wants `payouts:write`; the one behind it, of any host, would let the request pass.
    expect(ruleOf(answer)).toBe("scope_insufficient");
  });
});
