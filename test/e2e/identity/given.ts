/** The gateway that identities are tested at, and chains of its cast. */
import { decodeJwt } from "jose";
import { rootOf, toAgent, toService, withHop } from "../chains.ts";
import { ADMIN_TOKEN, admin, refusalOf, seenBy, startWorld, type World } from "../harness.ts";
import { registerCast } from "../oauth.ts";

export const PARTNER_IDP = "https://idp.partner.example";
export const PEOPLE = "https://people.acme.example";
export const remote = () => ({ gateway: world.url, adminToken: ADMIN_TOKEN });

export let world: World;
/** @returns what stops it */
export async function startIdentityWorld(): Promise<() => Promise<void>> {
  world = await startWorld();
  await registerCast(world);
  return () => world.stop();
}

export const agentChain = async (claims: Record<string, unknown> = {}): Promise<string> =>
  withHop(await rootOf({ claims }), toAgent);
export const serviceChain = async (claims: Record<string, unknown> = {}): Promise<string> =>
  withHop(await agentChain(claims), toService);
export const claimsFor = async (response: Response): Promise<Record<string, unknown>> =>
  decodeJwt(String((await seenBy(response)).headers["authorization"]).replace("Bearer ", ""));
export const ruleOf = async (response: Response): Promise<string | undefined> =>
  /(\w+)\)$/.exec((await refusalOf(response)).description)?.[1];
export const revoke = (body: object): Promise<Response> => admin(world, "revocations", { reason: "test", ...body });
