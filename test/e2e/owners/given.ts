/** A gateway whose policies look at what the registry says, and a route that requires owners. */
import { readFile } from "node:fs/promises";
import { expect } from "vitest";
import { readPolicyFiles } from "../../../policies/tool/files.ts";
import { publishPolicies } from "../../../policies/tool/publish.ts";
import { CAST } from "../../vectors/craft.ts";
import { rootOf, toAgent, toService, withHop } from "../chains.ts";
import { ADMIN_TOKEN, admin, call, castWorkloads, startWorld, type World } from "../harness.ts";
import { personToken, registerCast } from "../oauth.ts";

export const POLICY = `
@id("staging-reads-nothing")
@reason("not from staging")
forbid (principal, action == Action::"orders:read", resource)
when { principal is Workload && principal has environment && principal.environment == "staging" };

@id("no-job-of-strangers")
@reason("another owner")
forbid (principal, action == Action::"orders:read", resource)
when { principal is Workload && principal has type && principal has owner && principal.type == "job" && principal.owner != "tests" };

@id("no-contractors")
@reason("contractors read no orders")
forbid (principal, action == Action::"orders:read", resource)
when { context has claims && context.claims has contractor && context.claims.contractor };

@id("unowned-reads-no-secret")
@reason("somebody in the chain has no owner")
forbid (principal, action == Action::"orders:read", resource)
when { context.path like "/*/secret" } unless { context.unowned.isEmpty() };
`;

export const OWNED = `
[[routes]]
id = "owned"
api = "orders-api"
path = "/owned/*"
upstream = "UPSTREAM"
audience = "https://orders.acme.example"
sensitivity = "low"
actors = "told"
owners = "required"
proof = ["dpop", "bearer"]
[routes.methods]
GET = { action = "orders:read", scopes = ["orders:read"] }
`;

export let world: World;
/** @returns what stops it */
export async function startOwners(): Promise<() => Promise<void>> {
  world = await startWorld({
    edit: (config) => {
      const upstream = /^upstream = "(http:[^"]+)"/m.exec(config)?.[1] as string;
      return `${config.replace('[[issuers]]\nissuer = "https://idp.acme.example"\n', '$&policy_claims = { contractor = "bool", roles = "strings" }\n')}${OWNED.replace("UPSTREAM", upstream)}`;
    },
  });
  const files = await readPolicyFiles("policies");
  const cedarText = (await readFile("policies/acme.cedar", "utf8")) + POLICY;
  const schemaText = files.schemaText.replace(
    "type Claims = {};",
    "type Claims = { contractor?: Bool, roles?: Set<String> };",
  );
  const source = { ...files, cedarText, schemaText };
  await registerCast(world);
  await publishPolicies(source, { gateway: world.url, adminToken: ADMIN_TOKEN }, world.publisher);
  return () => world.stop();
}

/** Registers a workload of the cast again, with more about it, and waits until the gateway knows. */
export async function describeWorkload(name: string, more: Record<string, unknown>): Promise<void> {
  const known = (await castWorkloads()).find((workload) => workload.name === name);
  expect((await admin(world, `registry/${encodeURIComponent(name)}`, { ...known, ...more }, "PUT")).status).toBe(200);
}
export const plain = (name: string): Promise<void> => describeWorkload(name, {});

/** alice, the app, the support agent, the refund service. */
export async function chain(claims: Record<string, unknown> = {}): Promise<string> {
  return withHop(await withHop(await rootOf({ claims }), toAgent), toService);
}
/** A token for alice at the app, which the support agent may exchange. */
export const personsRoot = (): Promise<string> => personToken({ act: { sub: CAST.app } });
export const ask = async (text: string, path = "/orders/17"): Promise<Response> => call(world, { chain: text, path });
