/**
 * Requests as no library writes them, each with a good chain and proof: what two servers in a row would frame, split or
 * address in different ways. `{path}`, `{host}` and `{auth}` stand for the case's own path, the gateway's host, and the
 * lines of the credential.
 */

/** Status of the first answer; "none" if none comes while the request is incomplete, or it is not HTTP. */
export type Answer = number | "none";

export interface HostileRequest {
  readonly name: string;
  readonly method: string;
  /** Octets as Latin-1. */
  readonly raw: string;
  /**
   * Of the gateway in Miniflare (whose own Worker stands in front), of workerd alone, and of the socket of `npm run
   * selfhost`.
   */
  readonly answers: { readonly local: Answer; readonly selfhosted: Answer; readonly front: Answer };
  /** What reaches the upstream as the body if the answer is 200; otherwise nothing reaches it whole. */
  readonly body: string;
}

/** Without the last ones, the same as the one before. */
type Answers = Answer | readonly [local: Answer, selfhosted: Answer, front?: Answer];

function each(answers: Answers): HostileRequest["answers"] {
  const [local, selfhosted, front = selfhosted] = typeof answers === "object" ? answers : [answers, answers];
  return { local, selfhosted, front };
}

const HEAD = "Host: {host}\r\n{auth}Connection: close\r\n";
/** Would be a request of its own, if a server in the row took it for one. */
const SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: {host}\r\n\r\n";
const CHUNKED = "Transfer-Encoding: chunked\r\n";
const HELLO = "5\r\nhello\r\n0\r\n\r\n";

/** A POST with more header lines, and what follows them. */
function post(name: string, lines: string, rest: string, answers: Answers, body = "hello"): HostileRequest {
  return {
    name,
    method: "POST",
    raw: `POST {path} HTTP/1.1\r\n${HEAD}${lines}\r\n${rest}`,
    answers: each(answers),
    body,
  };
}

/** A GET with more header lines. */
function get(name: string, lines: string, answers: Answers): HostileRequest {
  return whole(name, `GET {path} HTTP/1.1\r\n${HEAD}${lines}\r\n`, answers);
}

/** A request line of its own. */
function line(name: string, first: string, answers: Answers): HostileRequest {
  return whole(name, `${first}\r\n${HEAD}\r\n`, answers);
}

/** Lines about the host of their own. */
function host(name: string, lines: string, answers: Answers): HostileRequest {
  return whole(name, `GET {path} HTTP/1.1\r\n${lines}{auth}Connection: close\r\n\r\n`, answers);
}

function whole(name: string, raw: string, answers: Answers): HostileRequest {
  return { name, method: "GET", raw, answers: each(answers), body: "" };
}

const chunks = (name: string, body: string, answers: Answers): HostileRequest => post(name, CHUNKED, body, answers);

export const HOSTILE_REQUESTS: readonly HostileRequest[] = [
  // Two lengths (RFC 9112, section 6.3).
  post("a length and chunks", `Content-Length: 5\r\n${CHUNKED}`, HELLO, [200, 200, 400]),
  post("chunks and a length", `${CHUNKED}Content-Length: 5\r\n`, HELLO, [200, 200, 400]),
  post(
    "CL.TE: a request behind the last chunk",
    `Content-Length: 56\r\n${CHUNKED}`,
    `0\r\n\r\n${SMUGGLED}`,
    [200, 200, 400],
    "",
  ),
  post("TE.CL: a request within a chunk", `Content-Length: 4\r\n${CHUNKED}`, `38\r\n${SMUGGLED}\r\n0\r\n\r\n`, [
    "none",
    "none",
    400,
  ]),
  post("two lengths alike", "Content-Length: 5\r\nContent-Length: 5\r\n", "hello", [200, 200, 400]),
  post("two lengths that differ", "Content-Length: 5\r\nContent-Length: 0\r\n", "hello", 400),
  post("two lengths that differ, the shorter first", "Content-Length: 0\r\nContent-Length: 5\r\n", "hello", 400),
  post("two lengths in one line", "Content-Length: 5, 5\r\n", "hello", 400),
  post("two lengths in one line that differ", "Content-Length: 5, 0\r\n", "hello", 400),
  post("a length with a plus", "Content-Length: +5\r\n", "hello", 400),
  post("a length below nothing", "Content-Length: -5\r\n", "hello", 400),
  post("a length in hexadecimal", "Content-Length: 0x5\r\n", "hello", 400),
  post("a length with a point", "Content-Length: 5.0\r\n", "hello", 400),
  post("a length with an exponent", "Content-Length: 5e0\r\n", "hello", 400),
  post("a length with zeros", "Content-Length: 0005\r\n", "hello", 200),
  post("a length with a space behind", "Content-Length: 5 \r\n", "hello", 200),
  post("a length with a word behind", "Content-Length: 5 bytes\r\n", "hello", 400),
  post("a length with a tab before", "Content-Length:\t5\r\n", "hello", 200),
  post("an empty length", "Content-Length:\r\n", "hello", 400),
  post("a length of letters", "Content-Length: five\r\n", "hello", 400),
  post("a length of 2^64 + 5", "Content-Length: 18446744073709551621\r\n", "hello", 400),
  post("a length of 2^63", "Content-Length: 9223372036854775808\r\n", "hello", 400),
  post("a length of fullwidth digits", "Content-Length: \xef\xbc\x95\r\n", "hello", 400),
  post("a folded length", "Content-Length:\r\n 5\r\n", "hello", 400),
  post("a length whose name has a space", "Content-Length : 5\r\n", "hello", 400),
  post("a length whose name has an underscore", `Content_Length: 5\r\n${CHUNKED}`, HELLO, 200),
  post("a length that is too short: the rest is a request", "Content-Length: 5\r\n", `hello${SMUGGLED}`, 200),
  post("no length at all: what follows is a request", "", SMUGGLED, 200, ""),

  // Codings of the transfer (section 6.1).
  post("chunked twice in two lines", `${CHUNKED}${CHUNKED}`, HELLO, 400),
  post("chunked twice in one line", "Transfer-Encoding: chunked, chunked\r\n", HELLO, 400),
  post("chunked, identity", "Transfer-Encoding: chunked, identity\r\n", HELLO, 400),
  post("identity, chunked", "Transfer-Encoding: identity, chunked\r\n", HELLO, 400),
  post("identity and a length", "Transfer-Encoding: identity\r\nContent-Length: 5\r\n", "hello", 400),
  post("gzip, chunked", "Transfer-Encoding: gzip, chunked\r\n", HELLO, 400),
  post("chunked, gzip", "Transfer-Encoding: chunked, gzip\r\n", HELLO, 400),
  post("chunked by another name", "Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n", "hello", 400),
  post("chunked with a tab before", "Transfer-Encoding:\tchunked\r\n", HELLO, 200),
  post("chunked with a vertical tab before", "Transfer-Encoding: \x0bchunked\r\nContent-Length: 5\r\n", "hello", 400),
  post("chunked with a vertical tab behind", "Transfer-Encoding: chunked\x0b\r\nContent-Length: 5\r\n", "hello", 400),
  post("chunked in capitals", "TRANSFER-ENCODING: CHUNKED\r\n", HELLO, 200),
  post("chunked in quotes", 'Transfer-Encoding: "chunked"\r\nContent-Length: 5\r\n', "hello", 400),
  post("chunked with a parameter", "Transfer-Encoding: chunked;q=1\r\nContent-Length: 5\r\n", "hello", 400),
  post("an empty coding and a length", "Transfer-Encoding:\r\nContent-Length: 5\r\n", "hello", 400),
  post("chunked whose name has a space", "Transfer-Encoding : chunked\r\nContent-Length: 5\r\n", "hello", 400),
  post("chunked whose name has a tab", "Transfer-Encoding\t: chunked\r\nContent-Length: 5\r\n", "hello", 400),
  post("chunked whose name has a NUL", "Transfer-Encoding\x00: chunked\r\nContent-Length: 5\r\n", "hello", 400),
  post("chunked whose name has an underscore", "Transfer_Encoding: chunked\r\nContent-Length: 5\r\n", "hello", 200),
  post("chunked, folded", "Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n", "hello", 400),
  post(
    "chunked in a line that begins with a space",
    "X-Mine: a\r\n Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    "hello",
    400,
  ),
  post(
    "chunked behind a bare LF",
    "X-Mine: a\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    "hello",
    [408, 408, 400],
  ),
  post("chunked behind a bare CR", "X-Mine: a\rTransfer-Encoding: chunked\r\nContent-Length: 5\r\n", "hello", 400),
  whole("chunked in HTTP/1.0", `POST {path} HTTP/1.0\r\n${HEAD}${CHUNKED}\r\n${HELLO}`, 400),

  // Chunks (section 7.1).
  chunks("a chunk with an extension", "5;a=b\r\nhello\r\n0\r\n\r\n", 200),
  chunks("a chunk with a line's end in its extension", '5;a="\r\n"\r\nhello\r\n0\r\n\r\n', [408, 408, 400]),
  chunks("a chunk with a bare LF in its extension", `5;\nhello\r\n0\r\n\r\n${SMUGGLED}`, [408, 408, 400]),
  chunks(
    "a chunk with 20,000 letters of extension",
    `5;a=${"b".repeat(20_000)}\r\nhello\r\n0\r\n\r\n`,
    [408, 408, 413],
  ),
  chunks("a size with zeros", "0005\r\nhello\r\n0\r\n\r\n", 200),
  chunks("a size with a space behind", "5 \r\nhello\r\n0\r\n\r\n", [200, 200, 400]),
  chunks("a size with a space before", " 5\r\nhello\r\n0\r\n\r\n", [408, 408, 400]),
  chunks("a size with 0x", "0x5\r\nhello\r\n0\r\n\r\n", [408, 408, 400]),
  chunks("a size with a plus", "+5\r\nhello\r\n0\r\n\r\n", [408, 408, 400]),
  chunks("a size below nothing", "-5\r\nhello\r\n0\r\n\r\n", [408, 408, 400]),
  chunks("a size that is none", "x\r\nhello\r\n0\r\n\r\n", [408, 408, 400]),
  chunks("an empty size", "\r\nhello\r\n0\r\n\r\n", [408, 408, 400]),
  chunks("a size of 16 digits", "ffffffffffffffff\r\nhello\r\n0\r\n\r\n", "none"),
  chunks("a size of 2^64 + 5", "10000000000000005\r\nhello\r\n0\r\n\r\n", [408, 408, 400]),
  chunks("a size that ends in a bare LF", "5\nhello\r\n0\r\n\r\n", [408, 408, 400]),
  chunks("a size that ends in a bare CR", "5\rhello\r\n0\r\n\r\n", [408, 408, 400]),
  chunks("a chunk without its line's end", "5\r\nhello0\r\n\r\n", [408, 408, 400]),
  chunks("a chunk that ends in a bare LF", "5\r\nhello\n0\r\n\r\n", [408, 408, 400]),
  chunks("a chunk that is longer than its size", "5\r\nhello!\r\n0\r\n\r\n", [408, 408, 400]),
  chunks("a chunk that is shorter than its size", "6\r\nhello\r\n0\r\n\r\n", [408, 408, 400]),
  chunks("a last chunk of many zeros", "5\r\nhello\r\n0000\r\n\r\n", 200),
  chunks("a last chunk with an extension", "5\r\nhello\r\n0;a=b\r\n\r\n", 200),
  chunks("trailers that are headers of the gateway", '5\r\nhello\r\n0\r\nHop-Subject: "root"\r\n\r\n', 200),
  chunks("trailers that are a length", "5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n", [200, 200, 400]),
  chunks("trailers that are a coding", `5\r\nhello\r\n0\r\n${CHUNKED}\r\n`, [200, 200, 400]),
  chunks("a request behind the last chunk", `${HELLO}${SMUGGLED}`, 200),
  chunks("a request as trailers", `5\r\nhello\r\n0\r\n${SMUGGLED}`, [408, 408, 400]),

  // Lines and names (section 5).
  whole("bare LFs alone", "GET {path} HTTP/1.1\nHost: {host}\n{auth}Connection: close\n\n", [200, 200, 400]),
  whole("bare CRs alone", "GET {path} HTTP/1.1\rHost: {host}\r{auth}Connection: close\r\r", 400),
  get("a folded value", "X-Mine: a\r\n b\r\n", 400),
  get("a folded value that is a header", 'X-Mine: a\r\n\tHop-Subject: "root"\r\n', 400),
  whole("a fold before any header", "GET {path} HTTP/1.1\r\n X-Mine: a\r\nHost: {host}\r\n{auth}\r\n", 400),
  get("a name with a space", "X Mine: a\r\n", 400),
  get("a name with a space behind", 'Hop-Subject : "root"\r\n', 400),
  get("a line without a colon", "X-Mine\r\n", 400),
  get("an empty name", ": a\r\n", 400),
  get("a name with a NUL", "X-Mi\x00ne: a\r\n", 400),
  get("a name with an underscore", 'Hop_Subject: "root"\r\nHop_Chain: "root"\r\n', 200),
  get("a name with a dot", 'Hop.Subject: "root"\r\n', 200),
  get("a name with brackets", "X(Mine): a\r\n", 400),
  get("a name with octets beyond ASCII", "X-M\xefne: a\r\n", 400),
  get("a name of 20,000 letters", `${"x".repeat(20_000)}: a\r\n`, 200),
  get("a value with a NUL", "X-Mine: a\x00b\r\n", 400),
  get("a value with a control", "X-Mine: a\x01b\r\n", 400),
  get("a value with DEL", "X-Mine: a\x7fb\r\n", 400),
  get("a value with a bare CR", 'X-Mine: a\rHop-Subject: "root"\r\n', 400),
  get("a value with a bare LF", 'X-Mine: a\nHop-Subject: "root"\r\n', [200, 200, 400]),
  get("a value in Latin-1", "X-Mine: \xe9\r\n", 200),
  get("a value that is no UTF-8", "X-Mine: \xc0\xae\r\n", 200),
  get("a value of 70,000 letters", `X-Mine: ${"a".repeat(70_000)}\r\n`, 431),
  get("3,000 headers", "X-Other: a\r\n".repeat(3000), 431),
  get("provenance twice", 'Hop-Subject: "root"\r\nHop-Subject: "root"\r\n', 200),
  get("two credentials", "Authorization: Bearer x\r\n", 400),
  get("two proofs", "DPoP: x\r\n", 401),
  get(
    "overrides of the method",
    "X-HTTP-Method-Override: DELETE\r\nX-HTTP-Method: DELETE\r\nX-Method-Override: DELETE\r\n",
    200,
  ),
  get("overrides of the address", "X-Original-URL: /smuggled\r\nX-Rewrite-URL: /smuggled\r\n", 200),
  get(
    "a proxy's word",
    "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Host: evil.example\r\nForwarded: for=6.6.6.6\r\n",
    200,
  ),

  // Connections.
  get("a connection that names the credential", "Connection: authorization, hop-subject\r\n", 200),
  get("a connection that names the length", "Connection: content-length\r\n", 200),
  post(
    "a connection that names its body's length",
    "Connection: content-length\r\nContent-Length: 5\r\n",
    "hello",
    200,
  ),
  post("a connection that names its body's coding", `Connection: transfer-encoding\r\n${CHUNKED}`, HELLO, 200),
  get("a trailer that is announced", "Trailer: x-mine\r\n", 200),
  post("a length behind 2,500 headers", `${"a: b\r\n".repeat(2500)}Content-Length: 5\r\n`, "hello", 200),
  get("names that every object has", "__proto__: x\r\nconstructor: x\r\ntoString: x\r\n", 200),
  whole("the PROXY protocol", `PROXY TCP4 6.6.6.6 127.0.0.1 1 2\r\nGET {path} HTTP/1.1\r\n${HEAD}\r\n`, 400),
  get(
    "an upgrade to HTTP/2",
    "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nConnection: Upgrade, HTTP2-Settings\r\n",
    200,
  ),
  get("an upgrade to a WebSocket without its key", "Upgrade: websocket\r\nConnection: Upgrade\r\n", 200),
  get("an upgrade to TLS", "Upgrade: TLS/1.0\r\nConnection: Upgrade\r\n", 200),
  post("an expectation that is known", "Expect: 100-continue\r\nContent-Length: 5\r\n", "hello", 200),
  post("an expectation that nobody knows", "Expect: 200-ok\r\nContent-Length: 5\r\n", "hello", [200, 200, 417]),
  get("a body beside GET, by length", "Content-Length: 56\r\n", 400),
  whole("a request as the body of GET", `GET {path} HTTP/1.1\r\n${HEAD}Content-Length: 5\r\n\r\nhello${SMUGGLED}`, 400),
  whole(
    "two requests in a row with one proof",
    `GET {path} HTTP/1.1\r\nHost: {host}\r\n{auth}\r\nGET {path} HTTP/1.1\r\n${HEAD}\r\n`,
    200,
  ),
  whole("a request without credential behind", `GET {path} HTTP/1.1\r\nHost: {host}\r\n{auth}\r\n${SMUGGLED}`, 200),

  // Request lines and targets (section 3).
  line("absolute-form", "GET http://{host}{path} HTTP/1.1", 200),
  line("absolute-form for another host", "GET http://evil.example{path} HTTP/1.1", [200, 200, 400]),
  line("absolute-form by https", "GET https://{host}{path} HTTP/1.1", 200),
  line("absolute-form with a user", "GET http://root@{host}{path} HTTP/1.1", 200),
  line("absolute-form by another scheme", "GET ftp://{host}{path} HTTP/1.1", 200),
  line("authority-form", "GET {host} HTTP/1.1", [404, 404, 400]),
  line("CONNECT", "CONNECT {host} HTTP/1.1", [500, 500, "none"]),
  line("asterisk-form", "OPTIONS * HTTP/1.1", [500, 400]),
  line("asterisk-form with GET", "GET * HTTP/1.1", [500, 400]),
  line("a target without a slash", "GET orders/17 HTTP/1.1", 400),
  line("a target with two slashes", "GET /{path} HTTP/1.1", 400),
  line("a target with a fragment", "GET {path}#x HTTP/1.1", 200),
  line("a target with a space", "GET {path} x HTTP/1.1", 400),
  line("a target with octets beyond ASCII", "GET {path}\xe9 HTTP/1.1", 400),
  line("a target with a NUL", "GET {path}\x00 HTTP/1.1", 400),
  line("a target with a bare CR", "GET {path}\rX HTTP/1.1", 400),
  line("a target of 70,000 letters", `GET {path}${"a".repeat(70_000)} HTTP/1.1`, 414),
  line("HTTP/1.0", "GET {path} HTTP/1.0", 200),
  whole("HTTP/1.0 without a host", "GET {path} HTTP/1.0\r\n{auth}\r\n", 400),
  line("HTTP/0.9", "GET {path}", 400),
  line("HTTP/1.2", "GET {path} HTTP/1.2", 400),
  line("HTTP/2.0", "GET {path} HTTP/2.0", 400),
  line("HTTP/1.1 in small letters", "GET {path} http/1.1", 400),
  line("another protocol", "GET {path} ICE/1.0", 400),
  line("two spaces", "GET  {path}  HTTP/1.1", [400, 400, 200]),
  line("tabs", "GET\t{path}\tHTTP/1.1", 400),
  line("a space before", " GET {path} HTTP/1.1", 400),
  line("a space behind", "GET {path} HTTP/1.1 ", 400),
  line("empty lines before", "\r\n\r\nGET {path} HTTP/1.1", 200),
  line("a method in small letters", "get {path} HTTP/1.1", [501, 501, 400]),
  line("a method with a NUL", "GET\x00 {path} HTTP/1.1", 400),
  line("a method that nobody knows", "JUMP {path} HTTP/1.1", [501, 501, 400]),
  line("TRACE", "TRACE {path} HTTP/1.1", 405),
  line("HTTP/2 without having asked", "PRI * HTTP/2.0", 400),
  whole("a greeting of TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),

  // Hosts (section 3.2).
  host("no host", "", 400),
  host("an empty host", "Host:\r\n", 400),
  host("a host twice", "Host: {host}\r\nHost: {host}\r\n", [500, 400]),
  host("two hosts", "Host: {host}\r\nHost: evil.example\r\n", [500, 400]),
  host("two hosts, the other first", "Host: evil.example\r\nHost: {host}\r\n", [500, 400]),
  host("two hosts in one line", "Host: {host}, evil.example\r\n", [500, 400]),
  host("another host", "Host: evil.example\r\n", 421),
  host("a host with a user", "Host: root@{host}\r\n", 400),
  host("a host with a path", "Host: {host}/x\r\n", 400),
  host("a host with a query", "Host: {host}?x\r\n", 400),
  host("a host with a fragment", "Host: {host}#x\r\n", 400),
  host("a host with a space", "Host: {host} x\r\n", [500, 400]),
  host("a host with two ports", "Host: {host}:80\r\n", [500, 400]),
  host("a host with a port beyond all ports", "Host: 127.0.0.1:99999\r\n", [500, 400]),
  host("a host whose name has a space", "Host : {host}\r\n", 400),
  host("a folded host", "Host:\r\n {host}\r\n", 400),
  host("a host in hexadecimal", "Host: 0x7f.1\r\n", 421),
];
