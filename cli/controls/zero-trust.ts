/** Zero trust: NIST SP 800-207. */
import { type Catalogue, control } from "./control.ts";

export const ZERO_TRUST: Catalogue = {
  name: "NIST SP 800-207, tenets of zero trust (section 2.1)",
  controls: [
    control(
      "ZT1",
      "All data sources and services are resources",
      "every route is a resource with a sensitivity",
      ["routes.sensitivity"],
      ["policies"],
    ),
    control(
      "ZT2",
      "All communication is secured regardless of location",
      "https except on the loopback; requests to upstreams are [signed](upstream.md#headers) if the route says so",
      ["routes.sign"],
      ["upstreams"],
    ),
    control(
      "ZT3",
      "Access is granted per session",
      "each request is decided and gets [a token for it alone](upstream.md)",
      ["routes.ttl"],
      ["tokens", "decisions"],
    ),
    control(
      "ZT4",
      "Access is determined by dynamic policy",
      "[Cedar](policies.md) over chain, owner, task, memory and request",
      ["`policy publish`"],
      ["policies"],
    ),
    control(
      "ZT5",
      "Integrity and posture of assets are monitored",
      "names attested by a trust domain (SPIFFE, WIMSE); posture of devices is not addressed",
      ["issuers.trust_domain"],
      ["issuers", "names"],
    ),
    control(
      "ZT6",
      "Authentication and authorization are enforced before access",
      "parse, verify, decide, admit, then forward; everything fails closed ([architecture](architecture.md))",
      ["routes.proof"],
      ["possession", "policies"],
    ),
    control(
      "ZT7",
      "Information is collected and used to improve posture",
      "[ledger](ledger.md), inventory of what was used, candidates of policies in shadow",
      ["`report`", "`policy publish --shadow`"],
      ["ledger", "unused"],
    ),
  ],
};
