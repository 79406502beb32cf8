/** Chains whose signs the tests look for. */
import type { Actor, ChainFacts } from "../../../worker/chain/types.ts";

export const actor = (sub: string, proof: Actor["proof"] = "registered"): Actor => ({
  iss: "https://a.example",
  sub,
  proof,
});
export const [APP, AGENT] = [actor("https://a.example/app"), actor("https://a.example/agent")];

export function chainOf(actors: readonly Actor[], keys: readonly string[] = []): ChainFacts {
  const root = { issuer: "https://idp.example", claims: { client_id: "web" } };
  const hops = actors.map((_, index) => ({ thumbprint: keys[index] ?? `key-${index}`, claims: {} }));
  // The registry says who answers for everybody but those whose names are told.
  const ownership = actors.map(({ proof }) => (proof === "told" ? undefined : { owner: "team", purpose: "tests" }));
  return { actors, hops, root, ownership } as unknown as ChainFacts;
}
