/**
 * Redirect URIs: compared exactly (RFC 9700, section 2.1), except for the port of loopback ones, which native
 * applications choose for each request (RFC 8252, section 7.3). Pure.
 */
import * as v from "valibot";

/** http on the loopback, in three parts: host, port, and path with query. */
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::([1-9]\d{0,4}))?((?:[/?][!-~]*)?)$/;
/** `com.example.app:/callback`: a domain name in reverse order (RFC 8252, section 7.1). */
const PRIVATE = /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+:\/[!-~]*$/;

const text = v.pipe(
  v.string(),
  v.maxLength(512),
  v.check(isPlain, "must be an absolute URI without fragment, user or white space"),
);

/** For any client: https, or http on the loopback. */
export const WebRedirect = v.pipe(
  text,
  v.check((uri) => uri.startsWith("https://") || isLoopback(uri), "must be https, or http on the loopback"),
);

/** For clients that an operator registers: also a private-use scheme. */
export const AnyRedirect = v.pipe(
  text,
  v.check(
    (uri) => uri.startsWith("https://") || isLoopback(uri) || PRIVATE.test(uri),
    "must be https, http on the loopback, or of a scheme such as com.example.app",
  ),
);

function isPlain(uri: string): boolean {
  if (!/^[!-~]+$/.test(uri) || /[#\\]/.test(uri) || !URL.canParse(uri)) return false;
  const { username, password } = new URL(uri);
  return username === "" && password === "" && !/^https?:\/\/[^/?]*@/.test(uri);
}

/** Any program on the person's machine may listen there. */
export function isLoopback(uri: string): boolean {
  return LOOPBACK.test(uri);
}

/** Whether only the owner of a name receives what is sent there: https, by its certificate. */
export function isHeldByOwner(uri: string): boolean {
  return uri.startsWith("https://");
}

/** Whether a requested redirect URI is one of the client's. */
export function isRedirectOf(asked: string, registered: readonly string[]): boolean {
  if (!isPlain(asked)) return false;
  return registered.some((uri) => uri === asked || isSameLoopback(uri, asked));
}

function isSameLoopback(registered: string, asked: string): boolean {
  const [one, other] = [LOOPBACK.exec(registered), LOOPBACK.exec(asked)];
  return one !== null && other !== null && one[1] === other[1] && one[3] === other[3];
}
