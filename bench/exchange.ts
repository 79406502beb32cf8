/** Token exchanges a second against the same flow written by hand with hono and jose, in workerd. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { importJWK, SignJWT } from "jose";
import { startGateway } from "../local/gateway.ts";
import { newKey, publicPart } from "../sdk/keys.ts";
import { startBenchWorker } from "./bench-worker.ts";
import { type BenchCase, interleave, report } from "./compare.ts";
import { CONNECTIONS, type LoadRequest, load } from "./load.ts";

const REQUESTS = 1500;
/** Each task is a ledger of its own. */
const EXCHANGES_PER_TASK = 30;
const SECRET = "bench-secret";
const ADMIN = "bench";
/** The route that the token is for. */
const AUDIENCE = "https://gateway.acme.example/orders";

export async function exchanges(rounds: number): Promise<BenchCase[]> {
  const [idp, signing] = [await newKey(), await newKey()];
  const { x, kid } = publicPart(idp);
  const config = (await readFile("config/local.toml", "utf8")).replace(
    /jwks_uri = .*/,
    `keys = [{ kty = "OKP", crv = "Ed25519", x = "${x}", kid = "${kid}" }]`,
  );
  const gateway = await startGateway({
    config,
    port: 0,
    gatewayKeys: JSON.stringify({ keys: [signing] }),
    adminToken: ADMIN,
    publishers: [publicPart(await newKey())],
  });
  const byHand = await startBenchWorker("bench/peers/exchange.ts", {
    IDP_KEY: JSON.stringify(publicPart(idp)),
    SIGNING_KEY: JSON.stringify(signing),
    SECRET,
  });
  try {
    await register(gateway.url);
    const idpKey = await importJWK({ ...idp }, "EdDSA");
    // Every round has subject tokens of its own, so that nothing was seen before.
    const requests = (): Promise<LoadRequest[]> => {
      const tasks = Array.from({ length: REQUESTS / EXCHANGES_PER_TASK }, () => crypto.randomUUID());
      return Promise.all(
        Array.from({ length: REQUESTS }, (_, i) => exchangeRequest(idpKey, kid, tasks[i % tasks.length] as string)),
      );
    };
    const isRight = (text: string): boolean => text.includes('"access_token":"eyJ');
    const measured = await interleave(
      {
        hopgate: async () => load(gateway.url.origin, await requests(), isRight),
        "hono and jose": async () => load(byHand.url.origin, await requests(), isRight),
      },
      rounds,
    );
    const note = `${CONNECTIONS} connections; 30 exchanges a task; ours also asks the revocation store and writes the ledger; load on the same 2 cores`;
    return [report("exchange", "exchanges/s", "more", measured, "hopgate", note)];
  } finally {
    await Promise.all([gateway.stop(), byHand.stop()]);
  }
}

async function register(gateway: URL): Promise<void> {
  const client = {
    client_id: "support-agent",
    actor: "spiffe://acme.example/agents/support",
    known_as: { "https://idp.acme.example": ["support-agent"] },
    auth_method: "client_secret_basic",
    secret_hashes: [createHash("sha256").update(SECRET).digest("base64url")],
    grants: ["urn:ietf:params:oauth:grant-type:token-exchange"],
    audiences: [AUDIENCE],
    scopes: ["orders:read"],
    owner: "bench",
    purpose: "bench",
  };
  const answer = await fetch(new URL("/admin/clients/support-agent", gateway), {
    method: "PUT",
    headers: { authorization: `Bearer ${ADMIN}` },
    body: JSON.stringify(client),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

async function exchangeRequest(
  key: Awaited<ReturnType<typeof importJWK>>,
  kid: string,
  txn: string,
): Promise<LoadRequest> {
  const token = await new SignJWT({ scope: "orders:read", client_id: "support-agent", txn })
    .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid })
    .setIssuer("https://idp.acme.example")
    .setSubject("alice")
    .setAudience("support-agent")
    .setIssuedAt()
    .setExpirationTime("10m")
    .setJti(crypto.randomUUID())
    .sign(key);
  const body = new URLSearchParams({
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token: token,
    subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
    audience: AUDIENCE,
  }).toString();
  return {
    method: "POST",
    path: "/oauth/token",
    headers: {
      authorization: `Basic ${btoa(`support-agent:${SECRET}`)}`,
      "content-type": "application/x-www-form-urlencoded",
    },
    body,
  };
}
