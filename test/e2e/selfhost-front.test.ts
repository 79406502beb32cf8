/** The socket of a self-hosted gateway: TLS, client certificates, limits of connections, slow callers, and a stop that loses nothing. */
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, get, type IncomingMessage } from "node:http";
import { request as secureRequest } from "node:https";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { freePort } from "../../local/free-port.ts";
import { headersFor } from "../../selfhost/front/caller.ts";
import { createFrameReader, GOING_AWAY } from "../../selfhost/front/frames.ts";
import { type Front, startFront } from "../../selfhost/front/front.ts";
import { type FrontLimits, type FrontTimes, limitsFor, TIMES } from "../../selfhost/front/limits.ts";
import { readTls, type TlsFiles } from "../../selfhost/front/tls.ts";
import { workerdAt } from "../../selfhost/front/to-workerd.ts";
import { FRONT_HEADERS } from "../../selfhost/front-headers.ts";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { leafKey } from "../vectors/craft.ts";
import { type Certificate, certificate } from "./certificates.ts";
import { call, chainNow, proofFor, recordsOf, type World } from "./harness.ts";
import { type SelfhostWorld, startSelfhostWorld } from "./selfhost-world.ts";

const LIMITS: FrontLimits = { connections: 100, requests: 50 };
const MTLS = `
[[routes]]
id = "bound"
api = "orders-api"
path = "/bound/*"
upstream = "UPSTREAM"
audience = "https://orders.acme.example"
sensitivity = "low"
proof = ["mtls"]
methods = { GET = { action = "orders:read", scopes = ["orders:read"] } }
`;

let selfhost: SelfhostWorld;
let folder: string;
let front: Front | undefined;
let world: World;
let [plainPort, securePort] = [0, 0];

beforeAll(async () => {
  [plainPort, securePort] = [await freePort(), await freePort()];
  folder = await mkdtemp(join(tmpdir(), "hopgate-front-"));
  selfhost = await startSelfhostWorld("selfhost-front-test", {
    edit: (config) => {
      const upstream = /upstream = "(http[^"]+)"/.exec(config)?.[1] as string;
      return `${config}${MTLS.replace("UPSTREAM", upstream)}`.replace(
        /^id = "https:\/\/gateway.acme.example"$/m,
        `$&\norigins = ["http://127.0.0.1:${plainPort}", "https://localhost:${securePort}"]`,
      );
    },
  });
}, 60_000);
afterEach(async () => {
  await front?.stop(0);
  front = undefined;
});
afterAll(async () => {
  await selfhost.end();
  await rm(folder, { recursive: true });
});

interface Options {
  readonly limits?: FrontLimits;
  readonly times?: Partial<FrontTimes>;
  readonly tls?: TlsFiles;
}

/** Another front before the same gateway, with limits and keys of its own. */
async function begin({ limits = LIMITS, times, tls }: Options = {}): Promise<Front> {
  const port = tls ? securePort : plainPort;
  const { socket, secret } = selfhost.workerd;
  const workerd = workerdAt(socket, secret, limits.requests);
  front = await startFront({ host: "127.0.0.1", port, tls, limits, times: { ...TIMES, ...times }, workerd });
  world = { ...selfhost.world, url: `${tls ? "https" : "http"}://${tls ? "localhost" : "127.0.0.1"}:${port}` };
  return front;
}

const opened = (socket: Socket): Promise<void> => new Promise((done) => void socket.once("connect", done));
const closed = (socket: Socket): Promise<void> => new Promise((done) => void socket.once("close", () => done()));

/** Connections that say nothing. */
async function idle(count: number): Promise<Socket[]> {
  const { port } = new URL(world.url);
  const sockets = Array.from({ length: count }, () =>
    connect(Number(port), "127.0.0.1")
      .on("error", () => undefined)
      .resume(),
  );
  await Promise.all(sockets.map(opened));
  return sockets;
}

describe("mutual TLS that the gateway ends itself", () => {
  let [authority, server, client, stranger] = [] as unknown as [Certificate, Certificate, Certificate, Certificate];
  let tls: TlsFiles | undefined;
  beforeAll(async () => {
    authority = await certificate(folder, "authority");
    [server, client, stranger] = await Promise.all([
      certificate(folder, "server", authority),
      certificate(folder, "client", authority),
      certificate(folder, "stranger"),
    ]);
    tls = await readTls({ "tls-cert": server.certFile, "tls-key": server.keyFile, "client-ca": authority.certFile });
  });

  /** The good chain, bound to the client's certificate. */
  const boundChain = (): Promise<string> =>
    leafKey().then(({ jwk }) => chainNow({ 2: { claims: { cnf: { jwk, "x5t#S256": client.thumbprint } } } }));

  async function ask(by: Certificate | undefined, headers: Record<string, string> = {}): Promise<[number, string]> {
    const chain = await boundChain();
    const options = { ca: authority.cert, headers: { authorization: `Bearer ${chain}`, ...headers }, agent: false };
    const own = by && { cert: by.cert, key: by.key };
    const answer = await new Promise<IncomingMessage>((done, failed) => {
      secureRequest(`${world.url}/bound/17`, { ...options, ...own }, done)
        .on("error", failed)
        .end();
    });
    return [answer.statusCode as number, await text(answer)];
  }

  test("proves possession by the certificate that the last hop names", async () => {
    await begin({ tls: tls as TlsFiles });
    const [status, body] = await ask(client);
    expect([status, body]).toEqual([200, expect.stringContaining("/bound/17")]);
    // No header of this process goes on to the upstream.
    expect(body).not.toContain("hopgate-front");
  });

  test.each<[string, () => Certificate | undefined]>([
    ["no certificate", () => undefined],
    ["a certificate that no authority of the gateway has signed", () => stranger],
    ["a certificate of the authority that is another's", () => server],
  ])("refuses %s", async (_, by) => {
    await begin({ tls: tls as TlsFiles });
    expect((await ask(by()))[0]).toBe(401);
  });

  test("refuses a certificate that headers only claim, whatever the header is called", async () => {
    await begin({ tls: tls as TlsFiles });
    const hex = Buffer.from(client.thumbprint, "base64url").toString("hex");
    for (const forged of [
      { "hopgate-front-certificate": hex },
      { "hopgate-front-certificate": hex, "hopgate-front-secret": "" },
      { "Hopgate-Front-Certificate": hex, "Hopgate-Front-Secret": "guess" },
      { "client-cert": `:${Buffer.from(client.cert).toString("base64")}:` },
      { "x-forwarded-client-cert": `Hash=${hex}`, "x-ssl-client-verify": "SUCCESS", "cf-client-cert-sha256": hex },
      { "cf-tls-client-auth": JSON.stringify({ certVerified: "SUCCESS", certFingerprintSHA256: hex }) },
    ])
      for (const by of [undefined, stranger]) expect((await ask(by, forged as Record<string, string>))[0]).toBe(401);
  });

  test("believes nothing without the secret of this start: workerd's own socket is no way around", async () => {
    const hex = Buffer.from(client.thumbprint, "base64url").toString("hex");
    const headers = { host: `127.0.0.1:${plainPort}`, authorization: `Bearer ${await boundChain()}` };
    for (const secret of ["", "guess", `${selfhost.workerd.secret}x`]) {
      const { socket: socketPath } = selfhost.workerd;
      const forged = { "hopgate-front-secret": secret, "hopgate-front-certificate": hex };
      const answer = await new Promise<IncomingMessage>((done) => {
        get({ socketPath, path: "/bound/17", headers: { ...headers, ...forged } }, done);
      });
      answer.resume();
      expect(answer.statusCode).toBe(401);
    }
  });

  test("takes a renewed certificate for new connections", async () => {
    const running = await begin({ tls: tls as TlsFiles });
    const renewed = await certificate(folder, "renewed", authority);
    running.renew((await readTls({ "tls-cert": renewed.certFile, "tls-key": renewed.keyFile })) as TlsFiles);
    const name = await new Promise((done) => {
      const request = secureRequest(`${world.url}/healthz`, { ca: authority.cert, agent: false }, (answer) => {
        const { socket } = answer as unknown as { socket: TLSSocket };
        done(socket.getPeerCertificate().subject["CN"]);
        answer.resume();
      });
      request.end();
    });
    expect(name).toBe("renewed");
  });

  test("does not start with a key that is another's", async () => {
    await expect(readTls({ "tls-cert": server.certFile, "tls-key": client.keyFile })).rejects.toThrow("--tls-key");
    await expect(readTls({ "tls-cert": server.certFile })).rejects.toThrow("needs both");
  });
});

describe("connections", () => {
  /** Undefined where the connection is closed. */
  const health = (agent: Agent | false): Promise<number | undefined> =>
    new Promise((done) => {
      get(`${world.url}/healthz`, { agent }, (answer) => {
        answer.resume().on("end", () => done(answer.statusCode));
      }).on("error", () => done(undefined));
    });

  test("beyond the limit are closed at once, and those that are open are served", async () => {
    await begin({ limits: { connections: 20, requests: 50 } });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect(await health(agent)).toBe(200);
    const held = await idle(19);
    const more = await idle(5);
    await Promise.all(more.map(closed));
    expect(await health(agent)).toBe(200);
    expect(held.filter(({ closed: gone }) => gone)).toEqual([]);
    for (const socket of held) socket.destroy();
    agent.destroy();
  });

  test("that say nothing, or never end the head of a request, are closed, and give their places back", async () => {
    await begin({ limits: { connections: 10, requests: 50 }, times: { head: 1000 } });
    const sockets = await idle(10);
    for (const socket of sockets.slice(5)) socket.write("GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: ");
    const dripping = setInterval(() => sockets[9]?.write("x"), 100);
    await Promise.all(sockets.map(closed));
    clearInterval(dripping);
    expect((await call(world)).status).toBe(200);
  });

  test("that take nothing of their answer are cut, and streams that have no event for as long are not", async () => {
    const running = await begin({ limits: { connections: 2, requests: 50 }, times: { stalled: 500 } });
    const events = await call(world, { path: "/orders/events" });
    const reader = (events.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    const chain = await chainNow();
    const path = "/orders/large";
    const [socket] = await idle(1);
    socket?.pause();
    const credential = `authorization: DPoP ${chain}\r\ndpop: ${await proofFor(world, chain, { path })}`;
    socket?.write(`GET ${path} HTTP/1.1\r\nhost: ${new URL(world.url).host}\r\n${credential}\r\n\r\n`);
    // A paused socket does not see that it was cut; its place is free again.
    await expect.poll(() => health(false)).toBe(200);
    await running.stop(10_000);
    front = undefined;
    expect(await reader.read()).toMatchObject({ done: true });
  });

  test("that never end the handshake of TLS are closed", async () => {
    const server = await certificate(folder, "slow");
    const tls = await readTls({ "tls-cert": server.certFile, "tls-key": server.keyFile });
    await begin({ tls: tls as TlsFiles, times: { head: 500 } });
    await Promise.all((await idle(3)).map(closed));
  });

  test("are as many as there are files for, workerd's two for each request among them", () => {
    for (const files of [256, 1024, 4096, 65_536]) {
      const { connections, requests } = limitsFor(files);
      expect(connections + requests).toBeLessThan(files);
      expect(2 * requests).toBeLessThan(files);
    }
    expect(limitsFor(1024).connections).toBeGreaterThan(501);
    expect(limitsFor(0)).toEqual({ connections: 1, requests: 1 });
  });
});

describe("requests", () => {
  test("beyond the limit are answered 503 by this process, except for /healthz", async () => {
    await begin({ limits: { connections: 100, requests: 2 } });
    const answers = await Promise.all(Array.from({ length: 6 }, () => call(world, { path: "/orders/events" })));
    const statuses = answers.map(({ status }) => status).toSorted();
    expect(statuses).toEqual([200, 200, 503, 503, 503, 503]);
    const refused = answers.find(({ status }) => status === 503) as Response;
    expect(await refused.json()).toMatchObject({ rule: "gateway_busy", error: "temporarily_unavailable" });
    expect((await fetch(`${world.url}/healthz`)).status).toBe(200);
    for (const each of answers) if (each.status === 200) await each.body?.cancel();
  });

  test("pass as they came: bodies, framing and repeated headers", async () => {
    await begin();
    const body = Buffer.alloc(100_000, 7);
    const chain = await chainNow();
    const echoed = await call(world, { method: "POST", path: "/refunds", body, chain });
    expect(await echoed.json()).toMatchObject({ method: "POST", bytes: 100_000 });
    const seen = (await (await call(world)).json()) as { headers: Record<string, unknown> };
    expect(seen.headers).not.toHaveProperty("transfer-encoding");
    expect(JSON.stringify(seen.headers)).not.toContain("hopgate-front");
  });

  test("with two lengths, or a length beside an encoding, are refused", async () => {
    await begin();
    const { port } = new URL(world.url);
    for (const framing of [
      "content-length: 1\r\ncontent-length: 2",
      "content-length: 3\r\ntransfer-encoding: chunked",
    ]) {
      const socket = connect(Number(port), "127.0.0.1");
      socket.write(`POST /oauth/token HTTP/1.1\r\nhost: 127.0.0.1\r\n${framing}\r\n\r\nabc`);
      expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 /);
    }
  });
});

describe("an opening of a WebSocket", () => {
  /** @param path such that the gateway has an answer, but opens nothing */
  const opening = (path: string): string =>
    `GET ${path} HTTP/1.1\r\nhost: ${new URL(world.url).host}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`;
  const toFront = (allowHalfOpen = false): Socket =>
    connect({ port: Number(new URL(world.url).port), host: "127.0.0.1", allowHalfOpen }).on("error", () => undefined);

  test.each([
    ["that workerd answers", () => `GET /orders/17 HTTP/1.1\r\nhost: ${new URL(world.url).host}\r\n\r\n`],
    ["that this process refuses", () => "POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["that Node refuses, for its Expect", () => "GET / HTTP/1.1\r\nhost: a\r\nexpect: more\r\n\r\n"],
    ["that Node refuses, for it has no Host", () => "GET / HTTP/1.1\r\n\r\n"],
  ])("closes its connection where the answer to the request before it is not sent yet: one %s", async (_, before) => {
    await begin();
    for (const path of ["/orders/socket", "http://evil.example/"]) {
      const socket = toFront().resume();
      socket.write(before() + opening(path));
      await closed(socket);
    }
    expect((await call(world)).status).toBe(200);
  });

  test("that is refused gives its place back, even if the caller never closes the connection", async () => {
    await begin({ limits: { connections: 100, requests: 2 } });
    for (let turn = 0; turn < 4; turn++) {
      const socket = toFront(true);
      socket.write(opening("/orders/socket"));
      expect(await text(socket)).toMatch(/^HTTP\/1\.1 401 /);
    }
    await expect.poll(async () => (await call(world)).status).toBe(200);
  });

  test("that is answered at length instead gets all of the answer", async () => {
    await begin();
    const [path, chain] = ["/orders/large", await chainNow()];
    const credential = `authorization: DPoP ${chain}\r\ndpop: ${await proofFor(world, chain, { path })}`;
    const socket = toFront();
    socket.write(opening(path).replace("\r\n\r\n", `\r\n${credential}\r\n\r\n`));
    const plain = await (await call(world, { path })).text();
    expect((await text(socket)).length).toBeGreaterThan(plain.length);
  });
});

describe("the caller's address", () => {
  const request = (remoteAddress: string, rawHeaders: string[]): IncomingMessage =>
    ({ rawHeaders, socket: { remoteAddress } }) as unknown as IncomingMessage;

  test.each([
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["192.0.2.1", "192.0.2.1"],
    ["fe80::1%eth0", "fe80::1"],
    ["2001:db8::ffff:1", "2001:db8::ffff:1"],
  ])("%s is given as %s", (remote, address) => {
    expect(headersFor(request(remote, []), "secret").get(FRONT_HEADERS.address)).toEqual([address]);
  });

  test("as a proxy in front gives it is not removed because the caller names its header in Connection", () => {
    const headers = ["X-Real-IP", "192.0.2.1", "Connection", "close, x-real-ip", FRONT_HEADERS.address, "6.6.6.6"];
    const sent = headersFor(request("127.0.0.1", headers), "secret");
    expect(sent.get("x-real-ip")).toEqual(["192.0.2.1"]);
    expect(sent.get(FRONT_HEADERS.address)).toEqual(["127.0.0.1"]);
    expect(sent.has("connection")).toBe(false);
  });
});

describe("a stop", () => {
  test("lets a request in flight end, refuses new ones, and takes no new connection", async () => {
    const running = await begin();
    const agent = new Agent({ keepAlive: true });
    const send = async (path: string): Promise<IncomingMessage> => {
      const chain = await chainNow();
      const headers = { authorization: `DPoP ${chain}`, dpop: await proofFor(world, chain, { path }) };
      return new Promise((done, failed) => {
        get(world.url + path, { agent, headers }, done).on("error", failed);
      });
    };
    // Two connections, of which one is at work and one is between requests of which the next is on its way.
    const slow = send("/orders/held-for-a-second");
    const asked = selfhost.world.upstream.asked;
    await expect.poll(() => asked.get("/orders/held-for-a-second")).toBe(1);
    const socket = connect(Number(new URL(world.url).port), "127.0.0.1");
    await opened(socket);
    socket.write("GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n");
    await expect.poll(() => socket.bytesWritten).toBeGreaterThan(0);
    const stopped = running.stop(10_000);
    socket.write("\r\n");
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 503 [\s\S]*gateway_stopping/);
    await expect(fetch(`${world.url}/healthz`)).rejects.toThrow();
    const answer = await slow;
    expect(answer.statusCode).toBe(200);
    answer.resume();
    await stopped;
    agent.destroy();
    front = undefined;
  });

  test("ends a stream of events after an event, and tells a WebSocket that the gateway goes away", async () => {
    const running = await begin();
    const events = await call(world, { path: "/orders/events" });
    const reader = (events.body as ReadableStream<Uint8Array>).getReader();
    expect(Buffer.from((await reader.read()).value as Uint8Array).toString()).toBe("data: first\n\n");
    const chain = await chainNow();
    const dpop = await proofFor(world, chain, { path: "/orders/socket" });
    const socket = new WebSocket(`${world.url.replace("http", "ws")}/orders/socket`, {
      headers: { authorization: `DPoP ${chain}`, dpop },
    });
    await new Promise((done, failed) => void socket.once("open", done).once("error", failed));
    socket.send("hello");
    await new Promise((done) => void socket.once("message", done));
    const code = new Promise((done) => void socket.once("close", done));
    await running.stop(10_000);
    front = undefined;
    expect(await reader.read()).toMatchObject({ done: true });
    expect(await code).toBe(1001);
  });

  test("records what came of what it let end: nothing is lost", async () => {
    const running = await begin();
    const txn = `task-${crypto.randomUUID()}`;
    const chain = await chainNow({ 0: { claims: { txn } } });
    const answers = Promise.all(Array.from({ length: 20 }, () => call(world, { chain })));
    await expect.poll(async () => (await recordsOf(selfhost.world, txn, 1)).length).toBeGreaterThan(0);
    await running.stop(10_000);
    front = undefined;
    const statuses = (await answers.catch(() => [])).map(({ status }) => status);
    const allowed = statuses.filter((status) => status === 200).length;
    const records = (await recordsOf(selfhost.world, txn, allowed)) as AuditRecord[];
    expect(records.length).toBeGreaterThanOrEqual(allowed);
  });
});

describe("frames of a WebSocket", () => {
  const frame = (length: number): Buffer => {
    if (length < 126) return Buffer.concat([Buffer.from([0x82, length]), Buffer.alloc(length, 0x88)]);
    const header = Buffer.from(length < 65_536 ? [0x82, 126, 0, 0] : [0x82, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
    if (length < 65_536) header.writeUInt16BE(length, 2);
    else header.writeBigUInt64BE(BigInt(length), 2);
    return Buffer.concat([header, Buffer.alloc(length, 0x88)]);
  };

  test("end where they end, however the bytes arrive", () => {
    const bytes = Buffer.concat([frame(0), frame(5), frame(126), frame(70_000), GOING_AWAY]);
    for (const size of [1, 2, 3, 7, 1000, bytes.length]) {
      const reader = createFrameReader();
      const between: number[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        reader.read(bytes.subarray(at, at + size));
        if (reader.isBetween()) between.push(at + size);
      }
      expect(between.at(-1)).toBeGreaterThanOrEqual(bytes.length);
      if (size === 1) expect(between).toEqual([2, 9, 139, 70_149, bytes.length]);
    }
  });

  test("that end within a chunk are cut there", () => {
    const reader = createFrameReader();
    reader.read(frame(5).subarray(0, 4));
    expect(reader.isBetween()).toBe(false);
    expect(reader.read(Buffer.concat([frame(5).subarray(4), frame(9).subarray(0, 3)]))).toBe(3);
    expect(reader.isBetween()).toBe(false);
  });
});
