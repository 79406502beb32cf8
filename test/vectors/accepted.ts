/**
 * What a verdict says of a chain that holds, read from its text: a second implementation of the few things that it
 * takes.
 */
import { createHash } from "node:crypto";
import type { Accepted, VectorOptions } from "./vector.ts";

type Json = Readonly<Record<string, unknown>>;

const digest = (text: string): string => createHash("sha256").update(text).digest("base64url");
const decode = (segment: string | undefined): Json => JSON.parse(Buffer.from(segment ?? "", "base64url").toString());

export function accepted(chain: string, { issuers }: VectorOptions): Accepted {
  const hops = chain.split("~").map((jws) => {
    const [header, claims] = jws.split(".").slice(0, 2).map(decode) as [Json, Json];
    return { jws, header, claims };
  });
  const { iss, sub } = hops[0]?.claims ?? {};
  const issuer = issuers.findIndex((entry) =>
    iss === undefined ? String(sub).startsWith(`spiffe://${entry.trust_domain}/`) : entry.issuer === iss,
  );
  const expires = hops.flatMap(({ header, claims }) => {
    const { wit } = header as { wit?: string };
    return [claims["exp"] as number, ...(wit === undefined ? [] : [decode(wit.split(".")[1])["exp"] as number])];
  });
  return {
    ok: true,
    issuer,
    expires: Math.min(...expires),
    hops: hops.map(({ jws, header, claims }, k) => {
      const thumbprint = thumbprintOf(claims["cnf"] as Confirmation | undefined);
      const { wit } = header as { wit?: string };
      return {
        hash: digest(jws),
        name: digest(jws.slice(0, jws.lastIndexOf("."))),
        ...(thumbprint !== undefined && { thumbprint }),
        ...(k > 0 && isChild(claims["sub"] as string, claims["iss"] as string) && { child: true as const }),
        ...(wit !== undefined && { wit }),
      };
    }),
  };
}

interface Confirmation {
  readonly jkt?: string;
  readonly jwk?: Readonly<Record<string, string>>;
}

/** RFC 7638, section 3.2; RFC 8037, section 2. */
function thumbprintOf({ jkt, jwk }: Confirmation = {}): string | undefined {
  if (jwk === undefined) return jkt;
  const members = { OKP: ["crv", "kty", "x"], EC: ["crv", "kty", "x", "y"], RSA: ["e", "kty", "n"] };
  const used = members[jwk["kty"] as keyof typeof members];
  return digest(JSON.stringify(Object.fromEntries(used.map((name) => [name, jwk[name]]))));
}

/** docs/chain.md, "Names of children". */
export function isChild(name: string, parent: string): boolean {
  const isUri = /^[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-[\]_a-z~]+$/.test(parent);
  const isAuthority = /^[^:]*:\/\/[^/]*$/.test(parent) && !parent.startsWith("https:");
  if (!isUri || isAuthority || /[?#]|\/$/.test(parent) || !name.startsWith(`${parent}/`)) return false;
  const segments = name.slice(parent.length + 1).split("/");
  return segments.every((segment) => /^[A-Za-z0-9._~-]+$/.test(segment) && segment !== "." && segment !== "..");
}
