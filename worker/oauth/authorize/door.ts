/** What the pages for people use, and what their requests contain. */
import type { Context } from "hono";
import type { Party } from "../../chain/party.ts";
import type { Authority } from "../../chain/types.ts";
import type { Vendor } from "../../config.ts";
import { ownOrigin } from "../../pages/headers.ts";
import type { OpenId, SignInEdges } from "../../people/openid.ts";
import type { SecretEdges } from "../../people/secrets.ts";
import type { Grants } from "../../vendor/grant.ts";
import type { VendorEdges, VendorServer } from "../../vendor/server.ts";
import type { Service } from "../service.ts";

export interface Door extends SignInEdges, SecretEdges, VendorEdges {
  readonly service: Service;
  readonly openId: OpenId;
  /** Signs the state of sign-ins in progress, and the forms that people see. */
  readonly signInKey: CryptoKey;
  readonly consentKey: CryptoKey;
  /** Signs the links that connect accounts, and the state of connections in progress. */
  readonly linkKey: CryptoKey;
  readonly connectKey: CryptoKey;
  /** The vendors at which people have accounts, by their names in the configuration. */
  readonly vendors: ReadonlyMap<string, DoorVendor>;
  /** The accounts of a person. */
  grantsOf(person: Party): Grants;
  /** Whether the authority is revoked. Rejects if that cannot be known. */
  isRevoked(authority: Authority): Promise<boolean>;
}

export interface DoorVendor extends Pick<Vendor, "issuer" | "title" | "scope"> {
  readonly server: VendorServer;
}

export interface DoorEnv {
  Variables: { door: Door };
}
export type DoorContext = Context<DoorEnv>;

/** The gateway's origin that the browser is at. */
export function hereOf(c: DoorContext): string {
  return ownOrigin(c, c.var.door.service.config.gateway.origins);
}

/** Prefix of a cookie, with which no other host and no plain http can set it (RFC 6265bis, section 4.1.3.2). */
export function cookieOf(c: DoorContext, name: string) {
  const secure = hereOf(c).startsWith("https:");
  const options = { path: "/", httpOnly: true, sameSite: "Lax", secure } as const;
  return { name: secure ? `__Host-${name}` : name, options };
}
