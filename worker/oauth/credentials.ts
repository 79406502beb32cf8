/** Client credentials (RFC 6749, section 4.4): a workload's own root token, which begins a task. */
import { beginWorkflow } from "./actor-chain/extend.ts";
import { beginTask } from "./begin.ts";
import type { Exchange } from "./exchange.ts";
import { chooseTarget } from "./grant.ts";
import { admitIssue, issueAccessToken, type TokenResponse } from "./issue.ts";
import { clientActor } from "./names.ts";
import { grantedEntry } from "./record.ts";
import type { Service } from "./service.ts";
import { ACCESS_TOKEN } from "./token-types.ts";

/** @throws OauthError */
export async function grantCredentials(asked: Exchange, service: Service): Promise<TokenResponse> {
  const { client, parameters } = asked;
  const { config } = service;
  const subject = clientActor(client, config.gateway.id);
  const target = chooseTarget(parameters, client, config);
  const claims = beginTask({ subject, target, available: undefined, until: undefined }, asked, service);
  const begun = await beginWorkflow({ client, parameters, claims }, service);
  const entry = grantedEntry(begun, "client_credentials", service);
  const admitted = await admitIssue({ claims: begun, standings: [], entry, placed: true }, service);
  return issueAccessToken(admitted, ACCESS_TOKEN, service);
}
