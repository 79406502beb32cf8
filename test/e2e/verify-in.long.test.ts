/**
 * The programs of docs/verify-in/ in other languages, run unchanged over real requests to an upstream. `npm test` runs
 * the first, with a tenth of the attacks and one token of the authorization server.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { installDebian } from "../../local/debian.ts";
import { succeeds } from "../../local/execute.ts";
import { cases } from "../cases.ts";
import { CAST } from "../vectors/craft.ts";
import { call, seenBy, type World } from "./harness.ts";
import { exchange, grantedBy, ORDERS, personToken, post, registerCast } from "./oauth.ts";
import { sharedWorld } from "./shared-world.ts";

interface Language {
  readonly document: string;
  readonly file: string;
  readonly command: string;
  /** A command that works only if the tools are installed. */
  readonly probe: readonly string[];
  readonly packages: readonly string[];
}

/** Debian's own interpreter, which has Debian's packages. */
const ALL: readonly Language[] = [
  {
    document: "python.md",
    file: "verify.py",
    command: "/usr/bin/python3",
    probe: ["/usr/bin/python3", "-c", "import jwt, cryptography"],
    packages: ["python3-jwt", "python3-cryptography"],
  },
  {
    document: "shell.md",
    file: "verify.sh",
    command: "sh",
    probe: ["sh", "-c", "openssl version | grep -q '^OpenSSL 3' && jq --version && curl --version"],
    packages: ["openssl", "jq", "curl"],
  },
];

const LANGUAGES = ALL.slice(0, cases(ALL.length));

const works = ([command, ...args]: readonly string[]): Promise<boolean> => succeeds(command as string, args);

const there = new Map<string, boolean>();
for (const { document, probe, packages } of LANGUAGES) {
  const ready = (await works(probe)) || ((await installDebian(packages)) && (await works(probe)));
  if (!ready) console.warn(`${document} is not run: this machine lacks ${packages.join(", ")}`);
  there.set(document, ready);
}

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  /** base64 */
  readonly body?: string;
}

/** Tokens of the authorization server, which are signed by the keys that sign those for upstreams. */
const ISSUED: readonly [string, string, (audience: string) => Promise<Response>][] = [
  ["a client's own, for the gateway", CAST.gateway, clientToken],
  ["a client's own, for a route's address", ORDERS, clientToken],
  ["one for a person, for the gateway", CAST.gateway, exchangedToken],
  ["one for a person, for a route's address", ORDERS, exchangedToken],
];

function clientToken(audience: string): Promise<Response> {
  return post(world, "/oauth/token", { grant_type: "client_credentials", audience, scope: "orders:read" });
}

async function exchangedToken(audience: string): Promise<Response> {
  return exchange(world, { subject_token: await personToken(), audience });
}

/** Of `{}` and a newline. */
const DIGEST_OF_ANOTHER = `sha-256=:${createHash("sha256").update("{}\n").digest("base64")}:`;

let world: World;
let folder: string;
let seen: Seen;
let another: Seen;
beforeAll(async () => {
  world = await sharedWorld();
  await registerCast(world);
  folder = await mkdtemp(join(tmpdir(), "hopgate-verify-"));
  for (const { document, file } of LANGUAGES) {
    const text = await readFile(`docs/verify-in/${document}`, "utf8");
    await writeFile(join(folder, file), /```\w+\n([\s\S]*?)```/.exec(text)?.[1] as string);
  }
});
afterAll(() => rm(folder, { recursive: true }));
// New for each: a signature is good for a minute.
beforeEach(async () => {
  [seen, another] = [await refund("{}"), await refund("{}")];
});

async function refund(body?: string): Promise<Seen> {
  const sent = { method: "POST", path: "/refunds", ...(body !== undefined && { body }) };
  const { method, url, headers } = await seenBy(await call(world, sent));
  return {
    method,
    url: world.upstream.url + url,
    headers: headers as Record<string, string>,
    ...(body !== undefined && { body: Buffer.from(body).toString("base64") }),
  };
}

function run({ command, file }: Language, request: Seen, audience = "https://orders.acme.example") {
  const env = {
    ...process.env,
    JWKS: `${world.url}/.well-known/jwks.json`,
    ISSUER: "https://gateway.acme.example",
    AUDIENCE: audience,
  };
  return new Promise<{ code: number; out: string; complaint: string }>((resolve) => {
    const child = execFile(command, [join(folder, file)], { env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), out: stdout, complaint: stderr }),
    );
    child.stdin?.end(JSON.stringify(request));
  });
}

describe.each(LANGUAGES)("$document", (language) => {
  const ready = there.get(language.document) ?? false;
  const through =
    "https://app.acme.example -> spiffe://acme.example/agents/support -> spiffe://acme.example/services/refunds";

  test.skipIf(!ready)("says for whom and through whom", async () => {
    expect(await run(language, seen)).toMatchObject({
      code: 0,
      out: `alice of https://idp.acme.example through ${through}: customer-support/refund\nheaders of "alice";iss="https://idp.acme.example" verified\n`,
    });
  });

  test.skipIf(!ready)("takes a request without a body", async () => {
    const bodiless = await refund();
    expect(await run(language, bodiless)).toMatchObject({ code: 0, out: expect.stringContaining("verified") });
    expect((await run(language, { ...bodiless, body: "e30=" })).code).not.toBe(0);
  });

  test.skipIf(!ready).each(ATTACKS.slice(0, cases(ATTACKS.length)))("refuses %s", async (_, change) => {
    const { code, out } = await run(language, change(seen));
    expect(code).not.toBe(0);
    expect(out).not.toContain("headers of");
  });

  test.skipIf(!ready)("refuses a token for somebody else", async () => {
    const { code, out } = await run(language, seen, "https://payments.acme.example");
    expect([code, out]).toEqual([1, ""]);
  });

  test.skipIf(!ready).each(ISSUED.slice(0, cases(ISSUED.length)))(
    "refuses a token of the authorization server: %s",
    async (_, audience, ask) => {
      const { access_token: token } = await grantedBy(await ask(audience));
      expect(decodeProtectedHeader(token).typ).toBe("at+jwt");
      expect(decodeJwt(token)).toMatchObject({ iss: CAST.gateway, aud: audience });
      // Whoever takes `aud` for all that matters: the audience is the token's own, and only its type tells it apart.
      const { code, out, complaint } = await run(
        language,
        withHeader(seen, "authorization", () => `Bearer ${token}`),
        audience,
      );
      expect([code, out]).toEqual([1, ""]);
      expect(complaint).toContain("not a token");
    },
  );
});

describe("the check in docs/upstream.md", () => {
  const bearer = (headers: Record<string, string>): string => (headers["authorization"] ?? "").slice("Bearer ".length);

  /** Runs it as it stands, but for the address of the keys and the audience. */
  async function check(token: string, audience: string): Promise<{ code: number; out: string; complaint: string }> {
    const text = await readFile("docs/upstream.md", "utf8");
    const [, block = ""] = /```ts\n([\s\S]*?)```/.exec(text) ?? [];
    const code = block
      .replace("https://gateway.acme.example/.well-known/jwks.json", `${world.url}/.well-known/jwks.json`)
      .replace('audience: "https://orders.acme.example"', "audience: process.env.AUDIENCE");
    expect(code).toContain(world.url);
    expect(code).toContain("process.env.AUDIENCE");
    await mkdir("dist/verify-in", { recursive: true });
    const file = "dist/verify-in/upstream.mjs";
    await writeFile(file, `const token = process.env.TOKEN;\n${code}\nconsole.log(payload.sub_id);\n`);
    const env = { ...process.env, TOKEN: token, AUDIENCE: audience };
    return new Promise((resolve) => {
      execFile(process.execPath, [file], { env }, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), out: stdout, complaint: stderr }),
      );
    });
  }

  test("says for whom, by whose word", async () => {
    const { code, out } = await check(bearer(seen.headers), "https://orders.acme.example");
    expect([code, out]).toEqual([0, "{ format: 'iss_sub', iss: 'https://idp.acme.example', sub: 'alice' }\n"]);
  });

  test("refuses a token for somebody else", async () => {
    const { code, complaint } = await check(bearer(seen.headers), "https://payments.acme.example");
    expect([code, complaint]).toEqual([1, expect.stringContaining('unexpected "aud" claim value')]);
  });

  test.each(ISSUED.slice(0, cases(ISSUED.length)))(
    "refuses a token of the authorization server: %s",
    async (_, audience, ask) => {
      const { access_token: token } = await grantedBy(await ask(audience));
      const { code, out, complaint } = await check(token, audience);
      expect([code, out]).toEqual([1, ""]);
      expect(complaint).toContain('unexpected "typ" JWT header value');
    },
  );
});

/** Changes to a request of the gateway that make it one of somebody else. */
const ATTACKS: readonly [string, (request: Seen) => Seen][] = [
  ["a token whose signature was changed", (r) => withHeader(r, "authorization", (v) => `${v.slice(0, -6)}AAAAAA`)],
  ["a token whose claims were changed", (r) => withHeader(r, "authorization", changedClaims)],
  ["no token", (r) => withHeader(r, "authorization", () => "Basic abc")],
  ["another subject in the headers", (r) => withHeader(r, "hop-subject", () => '"mallory"')],
  [
    "the same name of another issuer in the headers",
    (r) => withHeader(r, "hop-subject", (v) => v.replace("idp.acme", "idp.evil")),
  ],
  [
    "a name proven in another way in the headers",
    (r) => withHeader(r, "hop-chain", (v) => v.replace("registered", "attested")),
  ],
  ["another chain in the headers", (r) => withHeader(r, "hop-chain", (v) => v.replace("support", "other"))],
  ["another body", (r) => ({ ...r, body: "e30K" })],
  ["no body", ({ body: _, ...r }) => r],
  [
    "another body with its digest",
    (r) => ({ ...withHeader(r, "content-digest", () => DIGEST_OF_ANOTHER), body: "e30K" }),
  ],
  [
    "a good token of another request",
    (r) => withHeader(r, "authorization", () => another.headers["authorization"] as string),
  ],
  ["another nonce", (r) => withHeader(r, "signature-input", (v) => v.replace(/nonce="[^"]+"/, 'nonce="n"'))],
  ["another address", (r) => ({ ...r, url: `${r.url}/more` })],
  ["another method", (r) => ({ ...r, method: "GET" })],
  [
    "headers of an hour ago",
    (r) => withHeader(r, "signature-input", (v) => v.replace(/created=\d+/, "created=1700000000")),
  ],
  ["fewer components", (r) => withHeader(r, "signature-input", (v) => v.replace(' "hop-subject"', ""))],
  ["a key that nobody knows", (r) => withHeader(r, "signature-input", (v) => v.replace(/keyid="[^"]+"/, 'keyid="x"'))],
];

function withHeader(request: Seen, name: string, change: (value: string) => string): Seen {
  return { ...request, headers: { ...request.headers, [name]: change(request.headers[name] ?? "") } };
}

function changedClaims(authorization: string): string {
  const [header, payload, signature] = authorization.split(".") as [string, string, string];
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
  const changed = Buffer.from(JSON.stringify({ ...claims, sub: "mallory" })).toString("base64url");
  return [header, changed, signature].join(".");
}
