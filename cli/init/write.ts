/** Writes what `hopgate init` makes into a folder, and overwrites nothing. */
import { readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { makeFolder } from "../../local/make-folder.ts";
import { localSecrets } from "../../local/secrets.ts";
import { newKey, newP256Key } from "../../sdk/keys.ts";
import { readConfig } from "../../worker/config.ts";
import { ownFile, PROGRAM } from "../root.ts";
import { type Answers, derive } from "./answers.ts";
import { configuration } from "./configuration.ts";
import { policies, policyTests, schema } from "./policies.ts";

const CONFIGURATION = "hopgate.toml";
/** Files whose names do not depend on the answers. */
const FIXED = [
  CONFIGURATION,
  "policies/schema.cedarschema",
  "policies/first.cedar",
  "policies/tests/first.json",
  "keys/app.json",
  "env",
  ".gitignore",
];
const SECRETS = ["keys/gateway-keys.json", "keys/publisher.json"];
const SCHEMA = ownFile("policies/schema.cedarschema");

export interface Written {
  readonly file: string;
  readonly what: string;
}

/**
 * @returns every file with its description
 * @throws Error if the folder already has one of the files, or the answers contradict each other
 */
export async function writeFolder(folder: string, answers: Answers): Promise<Written[]> {
  const { workload } = derive(answers);
  const config = configuration(answers);
  readConfig(config);
  const json = (key: object): string => `${JSON.stringify(key, null, 2)}\n`;
  const files: readonly (readonly [string, string, string, number?])[] = [
    [CONFIGURATION, config, "the gateway's configuration"],
    ["policies/schema.cedarschema", schema(await readFile(SCHEMA, "utf8"), answers), "what policies can speak about"],
    ["policies/first.cedar", policies(answers), "who may do what"],
    ["policies/tests/first.json", policyTests(answers), "their test"],
    [`keys/${workload}.json`, json(await newKey()), `the private key of ${answers.workload}`, 0o600],
    ["keys/app.json", json(await newP256Key()), "the private key of the app where people sign in", 0o600],
    [
      "env",
      environment(resolve(folder), answers),
      "for your shell: the command `hopgate`, and which gateway it means",
      0o600,
    ],
    [".gitignore", "keys/\nstate/\nenv\n", "keeps keys and state out of git"],
  ];
  for (const name of [...files.map(([file]) => file), ...SECRETS]) await refuseIfThere(join(folder, name));
  for (const [name, content, , mode = 0o644] of files) {
    const file = join(folder, name);
    await makeFolder(dirname(file), name.startsWith("keys/") ? 0o700 : 0o755);
    await writeFile(file, content, { flag: "wx", mode });
  }
  await localSecrets(join(folder, "keys"));
  return [
    ...files.map(([name, , what]) => ({ file: join(folder, name), what })),
    { file: join(folder, "keys/gateway-keys.json"), what: "the gateway's signing keys (GATEWAY_KEYS)" },
    { file: join(folder, "keys/publisher.json"), what: "signs releases of policies (its public half: POLICY_KEYS)" },
    { file: join(folder, "keys/admin-token"), what: "opens the administration (ADMIN_TOKEN)" },
  ];
}

/**
 * Before anything is asked.
 *
 * @throws Error if the folder is not named, its path has a control character, it is a file, or already has one of the files
 */
export async function refuseUnfit(folder: string): Promise<void> {
  // `join` would take it for the current folder: that of a script whose variable is not set.
  if (folder === "") throw new Error("the folder is empty: name one, or leave it out for `my-gateway`");
  // A line break would end the comment in `env`, and the rest of the path would be a command.
  if (/\p{Cc}/u.test(resolve(folder)))
    throw new Error("the path of the folder has a control character, such as a line break: choose another folder");
  const there = await stat(folder).catch(() => undefined);
  if (there !== undefined && !there.isDirectory()) throw new Error(`\`${folder}\` is not a folder`);
  for (const name of [...FIXED, ...SECRETS]) await refuseIfThere(join(folder, name));
}

async function refuseIfThere(file: string): Promise<void> {
  const there = await stat(file).catch(() => undefined);
  if (there !== undefined) throw new Error(`\`${file}\` exists, and nothing is overwritten: choose another folder`);
}

/** A word of a shell that means these characters. */
export function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

/** In a shell that has read this file, `hopgate` is the command line for this gateway. */
function environment(folder: string, { gateway }: Answers): string {
  return `# Read it into your shell: . ${quoted(join(folder, "env"))}
hopgate() { ${quoted(process.execPath)} ${quoted(PROGRAM)} "$@"; }
export HOPGATE_GATEWAY=${quoted(gateway)}
export HOPGATE_CONFIG=${quoted(join(folder, "hopgate.toml"))}
export HOPGATE_PUBLISHER_KEY=${quoted(join(folder, "keys/publisher.json"))}
export HOPGATE_ADMIN_TOKEN="$(cat ${quoted(join(folder, "keys/admin-token"))})"
`;
}
