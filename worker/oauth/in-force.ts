/** No actor of a new token may be disabled or expired in the registry, wherever its name comes from. */
import { readActors } from "../chain/act.ts";
import { firstEnded, readEntries } from "../chain/ownership.ts";
import type { Actor } from "../chain/types.ts";
import type { AccessTokenClaims } from "../claims.ts";
import { HopError } from "../errors.ts";
import { OauthError } from "./errors.ts";
import { fromRegistry } from "./from-registry.ts";
import type { Service } from "./service.ts";

/**
 * @throws OauthError `invalid_grant` if an actor's registration is disabled or has expired, `temporarily_unavailable`
 */
export async function requireActorsInForce(
  { act, act_proof: proofs }: Pick<AccessTokenClaims, "act" | "act_proof">,
  { names, config, now }: Pick<Service, "names" | "config" | "now">,
): Promise<void> {
  const registry = config.gateway.id;
  const actors = readActors(act).map(
    ({ sub, iss = registry }, index): Actor => ({ sub, iss, proof: proofs[index] ?? "told" }),
  );
  const entries = await fromRegistry(readEntries(actors, [], { names, registry }));
  const ended = firstEnded(entries, now());
  if (ended === undefined) return;
  const cause = new HopError(ended.rule);
  throw new OauthError("invalid_grant", `actor ${ended.index}: ${cause.message}`, { cause });
}
