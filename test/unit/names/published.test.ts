/** Names that publish their keys themselves, with network and clock in hand. */
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fetchDocument } from "../../../worker/chain/names/document.ts";
import type { KeyVerdict } from "../../../worker/chain/names/proof.ts";
import { createNameProver } from "../../../worker/chain/names/prove.ts";
import { type Key, newKey, options, type TestEdges, testEdges } from "./edges.ts";

const NAME = "https://agents.partner.example/desk.json";
const setup = options({
  names: { refresh: 1, published_hosts: ["agents.partner.example", "*.acme.example", "127.0.0.1:8080", "*.0.0.1"] },
});
let key: Key;
let other: Key;
let edges: TestEdges;
let provers: ReturnType<typeof createNameProver>;

beforeAll(async () => {
  [key, other] = [await newKey(), await newKey()];
});
beforeEach(() => {
  edges = testEdges(setup);
  provers = createNameProver(setup);
});

const prove = (name = NAME, by = key): Promise<KeyVerdict> =>
  provers(edges)
    .prove({ name, thumbprint: by.thumbprint })
    .then(({ proof }) => proof);
function serve(fields: object = {}, headers: Record<string, string> = {}): void {
  edges.answer = ({ url }) =>
    url.endsWith("/jwks")
      ? Response.json({ keys: [key.jwk] }, { headers })
      : Response.json({ client_id: url, jwks: { keys: [key.jwk] }, ...fields }, { headers });
}

describe("a metadata document", () => {
  test("proves the keys that it lists, and no others", async () => {
    serve();
    expect([await prove(), await prove(NAME, other)]).toEqual(["published", undefined]);
    expect(edges.asked).toEqual([NAME]);
  });
  test("may have its keys at an address of its own host", async () => {
    serve({ jwks: undefined, jwks_uri: "https://agents.partner.example/jwks" });
    expect(await prove()).toBe("published");
    expect(edges.asked).toEqual([NAME, "https://agents.partner.example/jwks"]);
  });
  test.each<[string, object]>([
    ["is another name's", { client_id: "https://agents.partner.example/other.json" }],
    ["spells the name otherwise", { client_id: "https://agents.partner.example:443/desk.json" }],
    ["names nobody", { client_id: undefined }],
    ["has no keys", { jwks: undefined }],
    ["has keys twice", { jwks_uri: "https://agents.partner.example/jwks" }],
    ["has keys elsewhere", { jwks: undefined, jwks_uri: "https://evil.example/jwks" }],
    ["has keys at another port", { jwks: undefined, jwks_uri: "https://agents.partner.example:8443/jwks" }],
    ["has keys in clear text", { jwks: undefined, jwks_uri: "http://agents.partner.example/jwks" }],
    ["has no set of keys", { jwks: "keys" }],
  ])("that %s proves nothing", async (_, fields) => {
    serve(fields);
    expect(await prove()).toBeUndefined();
    expect(edges.asked).toEqual([NAME]);
  });
  test("that contains a private key proves nothing", async () => {
    serve({ jwks: { keys: [key.jwk, { ...other.jwk, d: "AAAA" }] } });
    expect(await prove()).toBeUndefined();
  });
  test.each<[string, () => Response | Promise<Response>]>([
    ["is not there", () => new Response(null, { status: 404 })],
    ["redirects", () => Response.redirect("https://agents.partner.example/jwks")],
    ["is no JSON", () => new Response("{", { headers: { "content-type": "application/json" } })],
    ["says that it is HTML", () => new Response("{}", { headers: { "content-type": "text/html" } })],
    ["is huge", () => Response.json({ client_id: NAME, jwks: { keys: [key.jwk] }, padding: " ".repeat(65_536) })],
    ["is null", () => Response.json(null)],
  ])("that %s proves nothing", async (_, answer) => {
    edges.answer = answer;
    expect(await prove()).toBeUndefined();
    expect(edges.asked).toEqual([NAME]);
  });
  test.each<[string, () => Response | Promise<Response>]>([
    ["cannot be reached", () => Promise.reject(new Error("refused"))],
    ["answers with an error of its own", () => new Response(null, { status: 500 })],
    ["is overloaded", () => new Response(null, { status: 429 })],
  ])("whose host %s neither proves nor denies, and is not asked again for a minute", async (_, answer) => {
    edges.answer = answer;
    await expect(prove()).rejects.toThrow();
    edges.clock += 59_000;
    await expect(prove()).rejects.toThrow();
    expect(edges.asked).toHaveLength(1);
    serve();
    edges.clock += 1_000;
    expect(await prove()).toBe("published");
  });
});

describe("only hosts that the configuration allows are asked", () => {
  test.each([
    ["a host below an allowed domain", "https://a.b.acme.example/x"],
    ["the loopback, if it is listed itself", "http://127.0.0.1:8080/x"],
  ])("%s", async (_, name) => {
    serve();
    expect(await prove(name)).toBe("published");
  });
  test.each([
    ["another host", "https://agents.evil.example/x"],
    ["a host that ends alike", "https://evil-acme.example/x"],
    ["the domain itself", "https://acme.example/x"],
    ["another port", "https://agents.partner.example:8443/x"],
    ["the loopback at another port", "http://127.0.0.1:8081/x"],
    ["an address, by a pattern", "https://10.0.0.1/x"],
    ["an address in another notation", "https://0x7f.0.0.1/x"],
    ["an IPv6 address", "https://[::1]/x"],
    ["clear text", "http://agents.partner.example/x"],
    ["a user in front", "https://agents.partner.example@evil.example/x"],
    ["a user on the host", "https://u@agents.partner.example/x"],
    ["a name without a path", "https://agents.partner.example"],
    ["a name that is not its own normal form", "https://agents.partner.example/a/../x"],
    ["a host in capitals", "https://Agents.Partner.Example/x"],
    ["a query", "https://agents.partner.example/x?y"],
    ["a fragment", "https://agents.partner.example/x#"],
    ["another scheme", "spiffe://agents.partner.example/x"],
    ["a name that is no URI", "agents.partner.example/x"],
  ])("not %s", async (_, name) => {
    serve();
    expect(await prove(name)).toBeUndefined();
    expect(edges.asked).toEqual([]);
  });
});

describe("a document is kept", () => {
  test.each([
    ["for as long as it says", { "cache-control": "public, max-age=600" }, 600],
    ["minus its age", { "cache-control": "max-age=600", age: "200" }, 400],
    ["for a minute at least", { "cache-control": "max-age=1" }, 60],
    ["for a minute, if it must not be stored", { "cache-control": "no-store, max-age=600" }, 60],
    ["for an hour at most", { "cache-control": "max-age=86400" }, 3600],
    ["for five minutes, if it says nothing", {}, 300],
  ])("%s", async (_, headers, seconds) => {
    serve({}, headers);
    await prove();
    edges.clock += seconds * 1000 - 1;
    expect(await prove()).toBe("published");
    expect(edges.asked).toHaveLength(1);
    edges.clock += 1_000; // and the prover remembers a proof for a second
    edges.answer = () => Promise.reject(new Error("down"));
    await expect(prove()).rejects.toThrow();
  });
  test("and fetched again for a key that it does not list, once in a minute", async () => {
    serve({ jwks: { keys: [other.jwk] } }, { "cache-control": "max-age=3600" });
    expect(await prove()).toBeUndefined();
    serve();
    edges.clock += 59_000;
    expect(await prove()).toBeUndefined();
    edges.clock += 6_000;
    expect(await prove()).toBe("published");
    expect(edges.asked).toHaveLength(2);
  });
  test("and no more than sixteen of one host are fetched at the same time", async () => {
    const held = Promise.withResolvers<Response>();
    edges.answer = () => held.promise;
    const waiting = Array.from({ length: 16 }, (_, index) => prove(`${NAME}/${index}`).catch(() => undefined));
    while (edges.asked.length < 16) await new Promise((resolve) => setTimeout(resolve, 1));
    await expect(prove(`${NAME}/17`)).rejects.toThrow("16 documents");
    held.resolve(new Response(null, { status: 404 }));
    await Promise.all(waiting);
    serve();
    expect(await prove(`${NAME}/18`)).toBe("published");
  });
});

describe("an answer that takes too long", () => {
  const short = { bytes: 65_536, milliseconds: 50 };
  test("to begin is abandoned", async () => {
    await expect(fetchDocument(NAME, () => new Promise(() => undefined), short)).rejects.toThrow("within 50 ms");
  });
  test("to end is abandoned", async () => {
    const body = new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode("{")) });
    const headers = { "content-type": "application/json" };
    const slow = async (): Promise<Response> => new Response(body, { headers });
    await expect(fetchDocument(NAME, slow, short)).rejects.toThrow("within 50 ms");
  });
  test("because it is endless is read up to the limit", async () => {
    let pulled = 0;
    const pull = (stream: ReadableStreamDefaultController): void => {
      pulled += 1024;
      stream.enqueue(new Uint8Array(1024));
    };
    const headers = { "content-type": "application/json" };
    const endless = async (): Promise<Response> => new Response(new ReadableStream({ pull }), { headers });
    expect(await fetchDocument(NAME, endless)).toBeUndefined();
    expect(pulled).toBeLessThan(100_000);
  });
});
