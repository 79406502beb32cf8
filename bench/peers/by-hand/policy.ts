/** Who may read orders: policies/acme.cedar, as far as it speaks of them. */
import type { Chain } from "./chain.ts";

const SUPPORT = ["spiffe://acme.example/agents/support", "spiffe://acme.example/services/refunds"];
const ISSUER = "https://idp.acme.example";
const MOST_DELEGATIONS = 3;

export function mayReadOrders({ subject, actors, purpose, scopes }: Chain): boolean {
  return (
    scopes.includes("orders:read") &&
    SUPPORT.includes(actors.at(-1) as string) &&
    subject.iss === ISSUER &&
    (purpose === "customer-support" || purpose.startsWith("customer-support/")) &&
    actors.length - 1 <= MOST_DELEGATIONS
  );
}
