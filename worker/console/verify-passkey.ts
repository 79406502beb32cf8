/**
 * Registration and authentication of passkeys (W3C Web Authentication, sections 7.1 and 7.2): the request to the
 * browser, and the verification of its answer.
 */
import type {
  AuthenticationResponseJSON,
  AuthenticatorTransport,
  RegistrationResponseJSON,
} from "@simplewebauthn/server";
import { base64url } from "jose";
import * as v from "valibot";
import { challengeOf, type Passkey, type UsedPasskey } from "../approval/passkey.ts";
import { partyId } from "../chain/party.ts";
import { passkeyOrigins } from "../config.ts";
import type { Console } from "./edges.ts";
import type { Member } from "./member.ts";

/** Evaluated at its first use: it is a third of the bundle, and no other request should wait for it at a cold start. */
const webAuthn = () => import("@simplewebauthn/server");

/** What a browser sends back: the nonce that it was given, and the credential as JSON. */
export const Answered = v.object({ nonce: v.string(), response: v.looseObject({ id: v.string() }) });
export type Answered = v.InferOutput<typeof Answered>;

export interface Asked {
  readonly nonce: string;
  readonly options: object;
}

export type Passkeys = Pick<Console, "config" | "passkeys" | "sha256" | "now">;

const REGISTERING = ["register"];

/** Whether passkeys are configured. */
export function hasPasskeys({ config }: Pick<Passkeys, "config">): boolean {
  return config.console.passkeys !== undefined;
}

/** The relying party and the origins that the configuration expects. */
function site({ config }: Passkeys): { readonly expectedRPID: string; readonly expectedOrigin: string[] } {
  const id = config.console.passkeys?.rp_id ?? "";
  return { expectedRPID: id, expectedOrigin: passkeyOrigins(config.gateway.origins, id) };
}

export async function askToRegister(member: Member, edges: Passkeys): Promise<Asked> {
  const person = partyId(member);
  const nonce = await edges.passkeys.begin(person);
  const { generateRegistrationOptions } = await webAuthn();
  const options = await generateRegistrationOptions({
    rpName: "Hopgate",
    rpID: site(edges).expectedRPID,
    userID: new Uint8Array(edges.sha256(new TextEncoder().encode(person))),
    userName: member.name ?? member.sub,
    challenge: challengeOf(nonce, person, REGISTERING, edges.sha256).bytes,
    attestationType: "none",
    excludeCredentials: (await edges.passkeys.list(person)).map(({ id }) => ({ id })),
    authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
  });
  return { nonce, options };
}

/** @returns the registered passkey; undefined if the answer is not valid */
export async function register(member: Member, answered: Answered, edges: Passkeys): Promise<Passkey | undefined> {
  const person = partyId(member);
  const { verifyRegistrationResponse } = await webAuthn();
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    response: answered.response as unknown as RegistrationResponseJSON,
    expectedChallenge: challengeOf(answered.nonce, person, REGISTERING, edges.sha256).text,
    requireUserVerification: true,
    ...site(edges),
  }).catch(() => ({ verified: false as const, registrationInfo: undefined }));
  if (!verified || registrationInfo === undefined) return undefined;
  const { id, publicKey, counter, transports = [] } = registrationInfo.credential;
  const created = new Date(edges.now()).toISOString();
  const passkey = { id, publicKey: base64url.encode(publicKey), counter, transports, created };
  return (await edges.passkeys.add(person, answered.nonce, passkey)) ? passkey : undefined;
}

/** @param about the action: an answer is valid only for it */
export async function askToSign(member: Member, about: readonly string[], edges: Passkeys): Promise<Asked | undefined> {
  const person = partyId(member);
  const known = await edges.passkeys.list(person);
  if (known.length === 0) return undefined;
  const nonce = await edges.passkeys.begin(person);
  const { generateAuthenticationOptions } = await webAuthn();
  const options = await generateAuthenticationOptions({
    rpID: site(edges).expectedRPID,
    challenge: challengeOf(nonce, person, about, edges.sha256).bytes,
    allowCredentials: known.map(({ id, transports }) => ({
      id,
      transports: [...transports] as AuthenticatorTransport[],
    })),
    userVerification: "required",
  });
  return { nonce, options };
}

/** @returns what is used up with it; undefined if the answer is another person's, for something else, or not valid */
export async function signed(
  member: Member,
  about: readonly string[],
  { nonce, response }: Answered,
  edges: Passkeys,
): Promise<UsedPasskey | undefined> {
  const person = partyId(member);
  const passkey = (await edges.passkeys.list(person)).find(({ id }) => id === response.id);
  if (passkey === undefined) return undefined;
  const { id, publicKey, counter } = passkey;
  const { verifyAuthenticationResponse } = await webAuthn();
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response: response as unknown as AuthenticationResponseJSON,
    expectedChallenge: challengeOf(nonce, person, about, edges.sha256).text,
    credential: { id, publicKey: new Uint8Array(base64url.decode(publicKey)), counter },
    requireUserVerification: true,
    ...site(edges),
  }).catch(() => ({ verified: false as const, authenticationInfo: undefined }));
  if (!verified || authenticationInfo === undefined) return undefined;
  return { id, person, nonce, counter: authenticationInfo.newCounter };
}
