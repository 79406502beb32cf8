/** Non-human identities: OWASP. */
import { type Catalogue, control } from "./control.ts";

export const IDENTITIES: Catalogue = {
  name: "OWASP Non-Human Identities Top 10 (2025)",
  controls: [
    control(
      "NHI1",
      "Improper offboarding",
      "[registrations end](workloads.md#owners), [reviews](workloads.md#reviews), [revocation](ledger.md#revocation) of everything under a name",
      ["console.review_days", "`workload add --expires`"],
      ["registry", "reviews", "revocations"],
    ),
    control(
      "NHI2",
      "Secret leakage",
      "chains are bound to keys, so a copied token is useless, except on routes that take `bearer`; only the gateway has [vendors' secrets](vendors.md); ledger, log and errors contain no tokens",
      ["routes.proof", "routes.credential"],
      ["possession", "vendors", "clients"],
    ),
    control(
      "NHI3",
      "Vulnerable third-party NHI",
      "a partner's issuer speaks only for [its own names](security-model.md#who-proves-what); a table translates its scopes",
      ["issuers.speaks_for", "issuers.scopes"],
      ["issuers", "names"],
    ),
    control(
      "NHI4",
      "Insecure authentication",
      "[proof of possession](chain.md), Ed25519 and ES256, `private_key_jwt`, certificates, SPIFFE",
      ["routes.proof", "`client add --auth`"],
      ["possession", "clients"],
    ),
    control(
      "NHI5",
      "Overprivileged NHI",
      "each hop is narrower; [reviews](workloads.md#reviews) narrow to what was used; `hopgate report` proposes narrower grants",
      ["console.review_days", "`report`"],
      ["unused", "reviews", "details"],
    ),
    control(
      "NHI6",
      "Insecure cloud deployment configurations",
      "tokens of CI and clouds begin chains only with the [claims that are required](configuration.md#issuers)",
      ["issuers.require"],
      ["issuers"],
    ),
    control(
      "NHI7",
      "Long-lived secrets",
      "narrowed tokens live for seconds, hops no longer than their parents; keys and registrations [rotate and end](workloads.md#the-registry)",
      ["routes.ttl", "oauth.ttl", "`workload rotate`"],
      ["tokens", "credentials"],
    ),
    control(
      "NHI8",
      "Environment isolation",
      "`principal.environment` [in policies](policies.md#owners-and-claims)",
      ["`workload add --environment`"],
      ["environments", "policies"],
    ),
    control(
      "NHI9",
      "NHI reuse",
      "one name, one key, one owner; no two clients have the same actor",
      ["`workload add`"],
      ["registry", "owners", "clients"],
    ),
    control(
      "NHI10",
      "Human use of NHI",
      "subject and actors are separate; [four eyes](console.md#four-eyes): people cannot approve what is done by or for them",
      ["console.separate_issuers"],
      ["console", "approvals"],
    ),
  ],
};
