/** A vendor that knows one all-powerful key, asked for in five ways, and gives away whatever it is asked. */
import { createHmac } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";

export const VENDOR_SECRETS = {
  CRM_KEY: "all-powerful/key=of+the crm",
  CRM_LOGIN: "hopgate:pass:word-of-the-crm",
} as const;
const { CRM_KEY, CRM_LOGIN } = VENDOR_SECRETS;

const CUSTOMER = `{"id":12345678901234567890,"name":"Grace","email":"grace@example.com","contacts":[{"kind":"home","phone":"1"},{"kind":"work","phone":"2"}]}`;

/** Ways in which a vendor could tell its own key, by the last part of the path. */
export const SPELLINGS: Readonly<Record<string, string>> = {
  "json-php": JSON.stringify(CRM_KEY).replaceAll("/", "\\/"),
  "json-unicode": JSON.stringify(CRM_KEY).replaceAll("/", "\\u002F").replaceAll("+", "\\u002b"),
  url: encodeURIComponent(CRM_KEY),
  "url-small": encodeURIComponent(CRM_KEY).replace(/%../g, (octet) => octet.toLowerCase()),
  form: new URLSearchParams({ "": CRM_KEY }).toString().slice(1),
  html: CRM_KEY.replaceAll("/", "&#x2F;").replaceAll("=", "&equals;"),
  base64: Buffer.from(CRM_KEY).toString("base64"),
  "base64-one": Buffer.from(`x${CRM_KEY}`).toString("base64"),
  "base64url-two": Buffer.from(`xx${CRM_KEY}`).toString("base64url"),
};

/** One range of a text, as asked for. */
function answerPart(request: IncomingMessage, response: ServerResponse, text: string): void {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  if (from === undefined) return void response.writeHead(200, { "content-type": "application/json" }).end(text);
  const part = text.slice(Number(from), to === "" ? undefined : Number(to) + 1);
  const range = `bytes ${from}-${Number(from) + part.length - 1}/${text.length}`;
  response.writeHead(206, { "content-type": "application/json", "content-range": range }).end(part);
}

type Vendor = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Counts the tokens that it gives; what it was asked is told in its answers, credential and all. */
export function createVendor(): Vendor {
  let tokens = 0;
  return async (request, response) => {
    const url = new URL(request.url ?? "/", "http://vendor");
    const [, , way, ...rest] = url.pathname.split("/");
    const body = await text(request);
    if (way === "token") {
      const login = Buffer.from((request.headers.authorization ?? "").slice("Basic ".length), "base64").toString();
      // Both parts are form-encoded (RFC 6749, section 2.3.1).
      const [id, secret] = login.split(":").map((part) => decodeURIComponent(part.replaceAll("+", " ")));
      const good = id === "hopgate" && secret === CRM_KEY && new URLSearchParams(body).get("scope") === "all";
      response.writeHead(good ? 200 : 401, { "content-type": "application/json" });
      tokens += 1;
      return void response.end(
        good ? JSON.stringify({ access_token: `vendor-token-${tokens}`, token_type: "Bearer", expires_in: 600 }) : "{}",
      );
    }
    if (!knows(way, request, url, body))
      return void response.writeHead(401, { "www-authenticate": 'Bearer error="invalid_token"' }).end("who are you?");
    const what = rest.at(-1);
    if (what === "end-token") ended.add(request.headers.authorization ?? "");
    if (what === "echo") {
      // In pieces, so that a secret stands across their borders.
      const told = JSON.stringify({ url: request.url, headers: request.headers, body });
      response.writeHead(200, {
        "content-type": "text/plain",
        "x-echo": request.headers.authorization ?? "",
        "set-cookie": "s=1",
      });
      for (let at = 0; at < told.length; at += 7) response.write(told.slice(at, at + 7));
      return void response.end();
    }
    if (what === "moved")
      return void response.writeHead(302, { location: `http://elsewhere.example${request.url}` }).end();
    if (what === "deflate" || what === "zstd") {
      const packed = what === "deflate" ? deflateSync(CUSTOMER) : zstdCompressSync(CUSTOMER);
      response.writeHead(200, { "content-type": "application/json", "content-encoding": what });
      return void response.end(packed);
    }
    if (what === "range") return void answerPart(request, response, `{"api_key":"${CRM_KEY}"}`);
    if (what === "part") {
      // A part that nobody asked for.
      response.writeHead(206, { "content-type": "application/json", "content-range": "bytes 0-8/20" });
      return void response.end('{"api_key');
    }
    if (what === "phrase") return void response.writeHead(200, CRM_KEY, { "content-type": "text/plain" }).end("ok");
    const spelled = SPELLINGS[what ?? ""];
    if (spelled !== undefined) {
      response.writeHead(200, { "content-type": "text/plain", "x-told": spelled });
      return void response.end(`key: ${spelled}`);
    }
    if (what === "gzip") {
      response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
      return void response.end(gzipSync(JSON.stringify({ name: "Grace", email: "grace@example.com", key: CRM_KEY })));
    }
    if (what === "csv")
      return void response.writeHead(200, { "content-type": "text/csv" }).end("grace,grace@example.com");
    response
      .writeHead(200, { "content-type": "application/vnd.crm+json", "x-contact": "1", etag: '"1"' })
      .end(CUSTOMER);
  };
}

/** Tokens that the vendor took back. */
const ended = new Set<string>();

function knows(
  way: string | undefined,
  { headers, method, url: target }: IncomingMessage,
  url: URL,
  body: string,
): boolean {
  switch (way) {
    case "header":
      return headers["x-api-key"] === CRM_KEY;
    case "query":
      return url.searchParams.get("key") === CRM_KEY;
    case "basic":
      return headers.authorization === `Basic ${Buffer.from(CRM_LOGIN).toString("base64")}`;
    case "oauth":
      return /^Bearer vendor-token-\d+$/.test(headers.authorization ?? "") && !ended.has(headers.authorization ?? "");
    case "hmac": {
      const signed = `${headers["x-timestamp"]}.${method}.${target}.${body}`;
      return headers["x-signature"] === createHmac("sha256", CRM_KEY).update(signed).digest("hex");
    }
    default:
      return false;
  }
}
