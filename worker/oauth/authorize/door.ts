/** What the pages of the front door are given, and what their requests carry. */
import type { Context } from "hono";
import type { Authority } from "../../chain/types.ts";
import { ownOrigin } from "../../pages/headers.ts";
import type { OpenId, SignInEdges } from "../../people/openid.ts";
import type { SecretEdges } from "../../people/secrets.ts";
import type { Service } from "../service.ts";

export interface Door extends SignInEdges, SecretEdges {
  readonly service: Service;
  readonly openId: OpenId;
  /** Signs sign-ins on their way, and the forms that people are shown. */
  readonly signInKey: CryptoKey;
  readonly consentKey: CryptoKey;
  /** Whether the authority is revoked, strictly. Rejects where that cannot be known. */
  isRevoked(authority: Authority): Promise<boolean>;
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
