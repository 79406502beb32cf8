/** What the pages of the front door are given, and what their requests carry. */
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
  /** Signs sign-ins on their way, and the forms that people are shown. */
  readonly signInKey: CryptoKey;
  readonly consentKey: CryptoKey;
  /** Signs the addresses at which accounts are connected, and what of one is on its way. */
  readonly linkKey: CryptoKey;
  readonly connectKey: CryptoKey;
  /** Where people have accounts of their own, by the names of the configuration. */
  readonly vendors: ReadonlyMap<string, DoorVendor>;
  /** The accounts of a person. */
  grantsOf(person: Party): Grants;
  /** Whether the authority is revoked, strictly. Rejects where that cannot be known. */
  isRevoked(authority: Authority): Promise<boolean>;
}

export interface DoorVendor extends Pick<Vendor, "issuer" | "title" | "scope"> {
  readonly server: VendorServer;
}

export interface DoorEnv {
  Variables: { door: Door };
}
export type DoorContext = Context<DoorEnv>;

/** Where people are: the one of the gateway's origins that they were sent to. */
export function hereOf(c: DoorContext): string {
  return ownOrigin(c, c.var.door.service.config.gateway.origins);
}

/** Of a cookie; with the prefix no other host and no plain http can set it (RFC 6265bis, section 4.1.3.2). */
export function cookieOf(c: DoorContext, name: string) {
  const secure = hereOf(c).startsWith("https:");
  const options = { path: "/", httpOnly: true, sameSite: "Lax", secure } as const;
  return { name: secure ? `__Host-${name}` : name, options };
}
