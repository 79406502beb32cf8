/** Two faults at once: the rule that is named is the one that is checked first (docs/chain.md, "Order of the checks"). */
import { CAST, craftChain, craftWit, hashOf } from "./craft.ts";
import { ecKeyNamed } from "./keys.ts";
import { type Attack, attack, change } from "./table.ts";

export const ORDER: readonly Attack[] = [
  change(
    "order-hops-before-rules",
    "a claim of hop 0 comes before the header of hop 1",
    ["claim_type", 0, "aud"],
    () => ({
      0: { claims: { aud: 1 } },
      1: { header: { alg: "none" } },
    }),
  ),
  attack(
    "order-structure-first",
    "structure of hop 2 comes before the header of hop 0",
    ["jws_malformed", 2],
    async (now) => {
      const { hops } = await craftChain(now, { 0: { header: { alg: "none" } } });
      return `${hops[0]}~${hops[1]}~garbage`;
    },
  ),
  change(
    "order-header-types-first",
    "the type of `kid` comes before the value of `alg`",
    ["header_type", 1, "kid"],
    () => ({
      1: { header: { alg: "none", kid: 1 } },
    }),
  ),
  change("order-typ-before-crit", "`typ` comes before `crit`", ["typ_forbidden", 1, "typ"], () => ({
    1: { header: { typ: "JWT", crit: ["exp"] } },
  })),
  change(
    "order-header-before-claims",
    "a parameter comes before the claims of its hop",
    ["parameter_forbidden", 1, "jku"],
    () => ({
      1: { header: { jku: "https://evil.example" }, claims: { iss: undefined } },
    }),
  ),
  change(
    "order-claim-by-claim",
    "`aud` of a wrong type comes before a missing `jti`",
    ["claim_type", 1, "aud"],
    () => ({
      1: { claims: { aud: [], jti: undefined } },
    }),
  ),
  change("order-claims-before-cnf", "`max_hops` comes before the key of `cnf`", ["claim_type", 1, "max_hops"], () => ({
    1: { claims: { cnf: { jwk: {} }, max_hops: "1" } },
  })),
  change(
    "order-cnf-before-wit",
    "the key of `cnf` comes before the form of `wit`",
    ["confirmation_invalid", 1, "cnf"],
    () => ({
      1: { header: { wit: "a.b.c" }, claims: { cnf: { jwk: {} } } },
    }),
  ),
  change(
    "order-wit-before-signatures",
    "the form of `wit` comes before signatures",
    ["wit_malformed", 2, "wit"],
    () => ({
      0: { signedBy: "mallory" },
      2: { header: { wit: "a.b.c" } },
    }),
  ),
  change("order-issuer-before-typ", "an unknown issuer comes before its `typ`", ["issuer_unknown", 0, "iss"], () => ({
    0: { header: { typ: "JWT" }, claims: { iss: "https://evil.example" } },
  })),
  change(
    "order-signatures-in-turn",
    "the signature of hop 0 comes before that of hop 2",
    ["signature_invalid", 0],
    () => ({
      0: { signedBy: "mallory" },
      2: { signedBy: "mallory" },
    }),
  ),
  change(
    "order-signature-before-key",
    "the signature of hop 0 comes before a key that hop 1 lacks",
    ["signature_invalid", 0],
    () => ({
      0: { signedBy: "mallory", claims: { cnf: undefined } },
    }),
  ),
  change(
    "order-signatures-before-meaning",
    "a signature of hop 2 comes before the time of hop 0",
    ["signature_invalid", 2],
    (now) => ({
      0: { claims: { iat: now - 100, exp: now - 1 } },
      2: { signedBy: "mallory" },
    }),
  ),
  change(
    "order-time-before-ties",
    "the time of a hop comes before its parent's hash",
    ["expired", 2, "exp"],
    (now) => ({
      2: { claims: { iat: now - 100, exp: now - 1, pth: hashOf("another") } },
    }),
  ),
  change(
    "order-hops-before-times",
    "the ties of hop 1 come before the time of hop 2",
    ["parent_hash_mismatch", 1, "pth"],
    (now) => ({
      1: { claims: { pth: hashOf("another") } },
      2: { claims: { iat: now - 100, exp: now - 1 } },
    }),
  ),
  change("order-delegator-before-delegate", "`iss` comes before `sub`", ["delegator_mismatch", 1, "iss"], () => ({
    1: { claims: { iss: CAST.service, sub: "no uri" } },
  })),
  change(
    "order-wit-before-narrowing",
    "the delegate's identity comes before what it may do",
    ["wit_mismatch", 1, "sub"],
    async (now) => ({
      1: {
        header: { wit: await craftWit(now, { claims: { sub: CAST.service, exp: now } }) },
        claims: { scope: "admin" },
      },
    }),
  ),
  change("order-scope-before-task", "`scope` comes before `txn`", ["scope_widened", 2, "scope"], () => ({
    2: { claims: { scope: "admin", txn: "task-2" } },
  })),
  change(
    "order-depth-before-audience",
    "depth comes before the audience of the last hop",
    ["depth_exceeded", 2, "max_hops"],
    () => ({
      0: { claims: { aud: "https://other.example" } },
      1: { claims: { aud: "https://other.example", max_hops: 0 } },
      2: { claims: { aud: "https://other.example" } },
    }),
  ),
  change(
    "order-other-signatures-last",
    "meaning comes before signatures other than Ed25519",
    ["delegator_mismatch", 1, "iss"],
    () => {
      const app = ecKeyNamed("ES256", "app");
      return {
        0: { claims: { cnf: { jwk: app.jwk } } },
        1: { header: { alg: "ES256" }, claims: { iss: CAST.service }, signer: ecKeyNamed("ES256", "mallory") },
      };
    },
  ),
];
