/** The command that publishes the policies of a gateway that was just started or deployed, ready to run. */
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { LOCAL_FOLDER, secretFiles } from "./secrets.ts";

export interface Started {
  /** File of the gateway's configuration. */
  readonly config: string;
  /** Origin of the gateway. */
  readonly gateway: string;
  /** Folder of `localSecrets`; none if the secrets are in the environment. */
  readonly secrets: string | undefined;
}

/**
 * The policies are in `policies/` beside the configuration, as `hopgate init` writes them, else in the project's
 * folder.
 */
export function publishCommand({ config, gateway, secrets }: Started): string {
  const beside = join(dirname(config), "policies");
  const folder = existsSync(beside) ? relative("", beside) : "policies";
  const publish = `npm run hopgate -- policy publish ${folder}`;
  // The command line reads that folder itself.
  if (secrets === undefined || secrets === LOCAL_FOLDER) return `${publish} --gateway ${gateway}`;
  const { adminToken, publisher } = secretFiles(secrets);
  return `HOPGATE_ADMIN_TOKEN=$(cat ${adminToken}) ${publish} --key ${publisher} --gateway ${gateway}`;
}
