/** Clients by metadata document: which hosts are asked, and where their keys may be. */
import { describe, expect, test } from "vitest";
import { hasPublicName } from "../../worker/chain/names/public-name.ts";
import { createDocuments } from "../../worker/oauth/documents.ts";

const ID = "https://app.acme.com/client.json";
const KEYS = { keys: [{ kty: "OKP", crv: "Ed25519", x: "AA" }] };
const DOCUMENT = {
  client_id: ID,
  client_name: "Order Helper",
  redirect_uris: ["https://app.acme.com/cb"],
  token_endpoint_auth_method: "private_key_jwt",
};

/** What each address answers. */
function web(answers: Readonly<Record<string, object>>) {
  const asked: string[] = [];
  const edges = {
    fetch: async ({ url }: Request): Promise<Response> => {
      asked.push(url);
      return url in answers ? Response.json(answers[url]) : new Response(null, { status: 404 });
    },
    waitUntil: (work: Promise<unknown>) => void work.catch(() => undefined),
    now: () => 0,
  };
  return { asked, edges };
}

describe("every host with a public name", () => {
  test.each([
    "https://app.acme.com/c",
    "https://acme.io/c",
    "https://xn--bcher-kva.example.org/c",
    "https://a.xn--p1ai/c",
  ])("is asked: %s", (url) => {
    expect(hasPublicName(new URL(url))).toBe(true);
  });

  test.each([
    "http://app.acme.com/c",
    "https://app.acme.com:8443/c",
    "https://localhost/c",
    "https://metadata/c",
    "https://10.0.0.1/c",
    "https://2130706433/c",
    "https://0x7f.1/c",
    "https://[::1]/c",
    "https://[::ffff:127.0.0.1]/c",
    "https://metadata.google.internal/c",
    "https://printer.local/c",
    "https://app.localhost/c",
    "https://router.home.arpa/c",
    "https://files.corp/c",
    "https://files.corp./c",
    "https://app.acme.com./c",
    "https://METADATA.google.INTERNAL/c",
    "https://１０.0.0.1/c",
  ])("is not %s", async (url) => {
    expect(hasPublicName(new URL(url))).toBe(false);
    const { asked, edges } = web({});
    expect(await createDocuments(["*"])(url, edges)).toBeUndefined();
    expect(asked).toEqual([]);
  });

  test("is asked for the client's document", async () => {
    const { edges } = web({ [ID]: { ...DOCUMENT, token_endpoint_auth_method: "none" } });
    expect(await createDocuments(["*"])(ID, edges)).toMatchObject({ client_id: ID, owner: "app.acme.com" });
    expect(await createDocuments(["other.com"])(ID, edges)).toBeUndefined();
  });
});

describe("hosts that do not answer", () => {
  /** Those of evil.com answer when it is over, others at once. */
  function slowWeb() {
    const { promise, resolve } = Promise.withResolvers<Response>();
    const aborted: string[] = [];
    const edges = {
      ...web({}).edges,
      fetch: async ({ url, signal }: Request): Promise<Response> => {
        signal.addEventListener("abort", () => void aborted.push(url));
        if (new URL(url).hostname.endsWith("evil.com")) return promise.then((answer) => answer.clone());
        return Response.json({ ...DOCUMENT, client_id: url, token_endpoint_auth_method: "none" });
      },
    };
    return { edges, aborted, end: () => resolve(new Response(null, { status: 404 })) };
  }
  const settled = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => "found",
      (error: Error) => error.message,
    );

  test("cannot keep other clients out, however many they are: the oldest fetch ends", async () => {
    const find = createDocuments(["*"]);
    const { edges, aborted, end } = slowWeb();
    const waiting = Array.from({ length: 64 }, (_, at) => settled(find(`https://h${at}.evil.com/c`, edges)));
    for (let at = 0; at < 10; at++) expect(await settled(find(`https://app.acme.com/${at}`, edges))).toBe("found");
    // Each place was free again at once, so that one was enough.
    expect(await waiting[0]).toBe("h0.evil.com has not answered yet, and others wait");
    expect(aborted).toContain("https://h0.evil.com/c");
    end();
    expect(new Set(await Promise.all(waiting.slice(1)))).toEqual(
      new Set(["there is no JSON document at the client's address"]),
    );
  });

  test("lose their own places, not those of hosts with few", async () => {
    const find = createDocuments(["*"]);
    const { edges, end } = slowWeb();
    const few = [1, 2].map((at) => settled(find(`https://h${at}.other-evil.com/c`, edges)));
    const many = Array.from({ length: 200 }, (_, at) => settled(find(`https://h${at}.evil.com/c`, edges)));
    end();
    expect(new Set(await Promise.all(few))).toEqual(new Set(["there is no JSON document at the client's address"]));
    const told = await Promise.all(many);
    expect(told.filter((each) => each.endsWith("others wait"))).toHaveLength(200 - 62);
  });

  test("have a limited share, and reaching it is not cached as a failure of the document", async () => {
    const find = createDocuments(["*"]);
    const { edges, end } = slowWeb();
    const waiting = Array.from({ length: 8 }, (_, at) => settled(find(`https://evil.com/${at}`, edges)));
    expect(await settled(find("https://evil.com/ninth", edges))).toBe("evil.com has 8 documents to send already");
    end();
    await Promise.all(waiting);
    expect(await settled(find("https://evil.com/ninth", edges))).toContain("no JSON document");
  });
});

describe("jwks_uri", () => {
  const find = (document: object, answers: Readonly<Record<string, object>> = {}) => {
    const { asked, edges } = web({ [ID]: { ...DOCUMENT, ...document }, ...answers });
    return { asked, client: createDocuments(["app.acme.com"])(ID, edges) };
  };

  test("has the client's keys", async () => {
    const at = "https://app.acme.com/keys.json";
    const { client, asked } = find({ jwks_uri: at }, { [at]: KEYS });
    expect((await client)?.keys).toEqual(KEYS.keys);
    expect(asked).toEqual([ID, at]);
  });

  test.each([
    ["another host", { jwks_uri: "https://keys.acme.com/keys.json" }],
    ["another port", { jwks_uri: "https://app.acme.com:8443/keys.json" }],
    ["a host inside", { jwks_uri: "https://169.254.169.254/keys.json" }],
    ["plain http", { jwks_uri: "http://app.acme.com/keys.json" }],
    ["a query", { jwks_uri: "https://app.acme.com/keys.json?x" }],
    ["a name and a password", { jwks_uri: "https://a:b@app.acme.com/keys.json" }],
    ["no URL", { jwks_uri: "keys.json" }],
  ])("of %s is not fetched", async (_, document) => {
    const { client, asked } = find(document);
    await expect(client).rejects.toThrow("must have the origin of the document");
    expect(asked).toEqual([ID]);
  });

  test.each([
    ["nothing", undefined],
    ["no keys", { keys: [] }],
    ["a private key", { keys: [{ kty: "OKP", d: "AA" }] }],
    ["a secret", { keys: [{ kty: "oct", k: "AA" }] }],
    ["too much", { ...KEYS, padding: "x".repeat(6_000) }],
  ])("with %s makes no client", async (_, answer) => {
    const at = "https://app.acme.com/keys.json";
    const { client } = find({ jwks_uri: at }, answer && { [at]: answer });
    await expect(client).rejects.toThrow("has no public keys");
  });

  test("together with jwks is refused, and so are neither if the client authenticates with a key", async () => {
    await expect(find({ jwks: KEYS, jwks_uri: ID }).client).rejects.toThrow("both");
    await expect(find({}).client).rejects.toThrow("needs jwks or jwks_uri");
  });
});
