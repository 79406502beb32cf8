/** TLS that the gateway ends itself, and client certificates. */
import { get, type IncomingMessage } from "node:http";
import { request as secureRequest } from "node:https";
import { text } from "node:stream/consumers";
import type { TLSSocket } from "node:tls";
import { beforeAll, describe, expect, test } from "vitest";
import { readTls, type TlsFiles } from "../../../selfhost/front/tls.ts";
import { leafKey } from "../../vectors/craft.ts";
import { type Certificate, certificate } from "../certificates.ts";
import { chainNow } from "../harness.ts";
import { begin, folder, plainPort, selfhost, world } from "./given.ts";

export function testTls(): void {
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

    test("refuses a certificate that only a header claims, whatever the header is called", async () => {
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

    test("accepts no certificate without the secret of this start, at workerd's own socket either", async () => {
      const hex = Buffer.from(client.thumbprint, "base64url").toString("hex");
      const headers = { host: `127.0.0.1:${plainPort}`, authorization: `Bearer ${await boundChain()}` };
      for (const secret of ["", "guess", `${selfhost.workerd.secret}x`]) {
        const { path: socketPath } = selfhost.workerd.address;
        const forged = { "hopgate-front-secret": secret, "hopgate-front-certificate": hex };
        const answer = await new Promise<IncomingMessage>((done) => {
          get({ socketPath, path: "/bound/17", headers: { ...headers, ...forged } }, done);
        });
        answer.resume();
        expect(answer.statusCode).toBe(401);
      }
    });

    test("uses a renewed certificate for new connections", async () => {
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

    test("does not start with the key of another certificate", async () => {
      await expect(readTls({ "tls-cert": server.certFile, "tls-key": client.keyFile })).rejects.toThrow("--tls-key");
      await expect(readTls({ "tls-cert": server.certFile })).rejects.toThrow("needs both");
    });
  });
}
