/** The gateway of `examples/authorizer/` as other proxies ask it, with the upstream that they forward to. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { startGateway } from "../../local/gateway.ts";
import { readPolicyFiles } from "../../policies/tool/files.ts";
import { publishPolicies } from "../../policies/tool/publish.ts";
import { newKey, publicPart } from "../../sdk/keys.ts";
import { keyNamed } from "../vectors/craft.ts";
import { EXAMPLES, GATEWAY_PORT, SECRETS, UPSTREAM_PORT } from "./asking-proxies.ts";
import { ADMIN_TOKEN, registerWorkloads, type World } from "./harness.ts";
import { startTestUpstream } from "./upstream.ts";

/** @param edit what the tests need beside the example */
export async function startAuthorizer(edit: (config: string) => string = (config) => config): Promise<World> {
  const upstream = await startTestUpstream(UPSTREAM_PORT);
  const example = await readFile(join(EXAMPLES, "hopgate.toml"), "utf8");
  const [gatewayKeys, publisher] = [[await newKey()], await newKey()];
  const gateway = await startGateway({
    config: edit(example.replaceAll("IDP_KEY", (await keyNamed("idp")).x)),
    port: GATEWAY_PORT,
    gatewayKeys: JSON.stringify({ keys: gatewayKeys }),
    adminToken: ADMIN_TOKEN,
    publishers: [publicPart(publisher)],
    secrets: SECRETS,
  });
  const url = gateway.url.origin;
  await publishPolicies(await readPolicyFiles("policies"), { gateway: url, adminToken: ADMIN_TOKEN }, publisher);
  await registerWorkloads(gateway);
  const stop = async (): Promise<void> => {
    await gateway.stop();
    await upstream.stop();
  };
  return { gateway, upstream, url, gatewayKeys, publisher, stop };
}
