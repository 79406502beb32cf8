/** `hopgate workload`: the registry of workloads, their keys and owners. */
import { Command } from "commander";
import { askAdmin } from "../../sdk/admin.ts";
import { endOf, type Workload, type WorkloadKey } from "../../worker/chain/names/workload.ts";
import { change, register } from "../change.ts";
import { parseSeconds, readPublicKeys } from "../input.ts";
import { printTable } from "../print.ts";
import { type GatewayOption, reach, withGateway } from "../remote.ts";

interface KeyOptions extends GatewayOption {
  readonly jwks?: string;
}

interface AddOptions extends KeyOptions {
  readonly jwksUri?: string;
  readonly owner: string;
  readonly purpose: string;
  readonly environment?: string;
  readonly type?: string;
  readonly expires?: string;
}

interface RotateOptions extends KeyOptions {
  readonly keepOld?: number;
  readonly drop?: string;
}

const FILE = "its public keys: a JWK, a private key of `hopgate key new` (its public half is sent), or a JWK Set";

export function workloadCommand(): Command {
  const command = new Command("workload").description("register which keys belong to which names");
  add(command);
  read(command);
  rotate(command);
  endings(command);
  return command;
}

function add(command: Command): void {
  withGateway(command.command("add"))
    .description("register a workload: hops to its name must have one of its keys")
    .argument("<name>", "a URI, as hops name it")
    .option("--jwks <file>", FILE)
    .option("--jwks-uri <url>", "where its JWK Set is, instead of --jwks")
    .requiredOption("--owner <text>", "who answers for it")
    .requiredOption("--purpose <text>", "what it is for")
    .option("--environment <word>", "where it runs, such as production")
    .option("--type <word>", "what it is, such as agent, service or job")
    .option("--expires <time>", "ISO 8601: when the registration ends: chains that name it are refused from then on")
    .addHelpText(
      "after",
      example("add spiffe://acme.example/services/refunds --jwks refunds.json --owner payments --purpose refunds"),
    )
    .action(async (name: string, { gateway, jwks, jwksUri, ...said }: AddOptions) => {
      const keys = jwks === undefined ? {} : { keys: await readPublicKeys(jwks) };
      const workload = { name, ...keys, ...(jwksUri !== undefined && { jwks_uri: jwksUri }), ...said };
      await register(
        gateway,
        path(name),
        workload,
        `${name} is registered already: \`hopgate workload rotate\` changes its keys`,
      );
      console.log(`${name} is registered`);
    });
}

function read(command: Command): void {
  withGateway(command.command("list"))
    .description("list every registered workload")
    .addHelpText("after", example("list"))
    .action(async ({ gateway }: GatewayOption) => {
      const rows = (await all(gateway)).map((workload) => [
        workload.name,
        state(workload),
        workload.jwks_uri ?? keyCount(workload),
        workload.owner,
        workload.purpose,
        workload.environment ?? "",
        workload.type ?? "",
        untilOf(workload),
      ]);
      printTable(["workload", "", "keys", "owner", "purpose", "environment", "type", "until"], rows);
    });

  withGateway(command.command("show"))
    .description("show a workload with its keys")
    .argument("<name>")
    .addHelpText("after", example("show spiffe://acme.example/services/refunds"))
    .action(async (name: string, { gateway }: GatewayOption) => {
      const workload = await find(gateway, name);
      const facts = { ...workload, keys: undefined, disabled: undefined, state: state(workload) || "in force" };
      const known = Object.entries(facts).flatMap(([field, value]) =>
        value === undefined ? [] : [[field, String(value)]],
      );
      printTable(["", ""], known);
      if (workload.keys === undefined) return;
      console.log();
      const rows = workload.keys.map((key) => [key.kid ?? "", key.crv, until(key.exp)]);
      printTable(["kid", "curve", "valid until"], rows);
    });
}

function rotate(command: Command): void {
  withGateway(command.command("rotate"))
    .description("add new keys, and drop old ones; until then both are valid")
    .argument("<name>")
    .option("--jwks <file>", FILE)
    .option("--keep-old <seconds>", "how long the old keys stay valid; default: until they are dropped", parseSeconds)
    .option("--drop <kid>", "an old key to remove")
    .addHelpText(
      "after",
      example(
        "rotate spiffe://acme.example/services/refunds --jwks new.json --keep-old 3600",
        "rotate spiffe://acme.example/services/refunds --drop kid-of-the-old-key",
      ),
    )
    .action(async (name: string, { gateway, jwks, keepOld, drop }: RotateOptions) => {
      if (jwks === undefined && drop === undefined) throw new Error("give new keys (--jwks) or one to drop (--drop)");
      const added = jwks === undefined ? [] : ((await readPublicKeys(jwks)) as WorkloadKey[]);
      const rotated = await changeWorkload(gateway, name, (workload) => {
        if (workload.keys === undefined)
          throw new Error(`${name} has its keys at ${workload.jwks_uri}: rotate them there`);
        const old = jwks === undefined ? workload.keys : retire(workload.keys, added, keepOld);
        const keys = [...added, ...old].filter(({ kid }) => kid !== drop);
        if (drop !== undefined && keys.length === added.length + old.length)
          throw new Error(`${name} has no key \`${drop}\``);
        if (keys.length === 0) throw new Error(`${name} would be left without keys: disable it, or remove it`);
        return { ...workload, keys };
      });
      console.log(`${name} has ${keyCount(rotated)}`);
    });
}

/**
 * The old keys that stay beside the new ones, each until its end: those that are not among the new ones and have not
 * ended.
 */
function retire(old: readonly WorkloadKey[], added: readonly WorkloadKey[], seconds = Number.POSITIVE_INFINITY) {
  const now = Math.floor(Date.now() / 1000);
  return old
    .filter(({ x, exp = Number.POSITIVE_INFINITY }) => exp > now && !added.some((key) => key.x === x))
    .map((key) => {
      const exp = Math.min(key.exp ?? Number.POSITIVE_INFINITY, now + seconds);
      return Number.isFinite(exp) ? { ...key, exp } : key;
    });
}

function endings(command: Command): void {
  withGateway(command.command("disable"))
    .description("accept no key for the name, however it is proven, until it is enabled")
    .argument("<name>")
    .addHelpText("after", example("disable spiffe://acme.example/services/refunds"))
    .action(async (name: string, { gateway }: GatewayOption) => {
      await changeWorkload(gateway, name, (workload) => ({ ...workload, disabled: true }));
      console.log(`${name} is disabled`);
    });

  withGateway(command.command("enable"))
    .description("accept its keys again")
    .argument("<name>")
    .addHelpText("after", example("enable spiffe://acme.example/services/refunds"))
    .action(async (name: string, { gateway }: GatewayOption) => {
      await changeWorkload(gateway, name, (workload) => ({ ...workload, disabled: false }));
      console.log(`${name} is enabled`);
    });

  withGateway(command.command("renew"))
    .description("set when the registration ends; an expired one is valid again")
    .argument("<name>")
    .requiredOption("--expires <time>", "ISO 8601")
    .addHelpText("after", example("renew spiffe://acme.example/services/refunds --expires 2027-06-30T00:00:00Z"))
    .action(async (name: string, { gateway, expires }: GatewayOption & { readonly expires: string }) => {
      // Renewing counts as a review, so the next review is as far away as for a new registration.
      await changeWorkload(gateway, name, ({ review_by: _, ...workload }) => ({ ...workload, expires }));
      console.log(`${name} is registered until ${expires}`);
    });

  withGateway(command.command("remove"))
    .description("remove a workload from the registry; its name can still be attested or published")
    .argument("<name>")
    .addHelpText("after", example("remove spiffe://acme.example/services/refunds"))
    .action(async (name: string, { gateway }: GatewayOption) => {
      await askAdmin(await reach({ gateway }), path(name), { method: "DELETE" });
      console.log(`${name} is removed`);
    });
}

function example(...lines: string[]): string {
  return `\nExample:\n${lines.map((line) => `  hopgate workload ${line}`).join("\n")}`;
}

function state(workload: Workload): string {
  if (workload.disabled) return "disabled";
  return endOf(workload) <= Date.now() ? "expired" : "";
}

/** When it ends: its own end, or the date by which its owner must confirm it. */
function untilOf(workload: Workload): string {
  const end = endOf(workload);
  return Number.isFinite(end) ? new Date(end).toISOString().slice(0, 19) : "";
}

function keyCount({ keys = [] }: { readonly keys?: readonly object[] | undefined }): string {
  return keys.length === 1 ? "1 key" : `${keys.length} keys`;
}

function until(exp: number | undefined): string {
  return exp === undefined ? "" : new Date(exp * 1000).toISOString();
}

async function all(gateway: string): Promise<Workload[]> {
  const answer = await askAdmin(await reach({ gateway }), "registry");
  return ((await answer.json()) as { workloads: Workload[] }).workloads;
}

async function find(gateway: string, name: string): Promise<Workload> {
  return (await (await askAdmin(await reach({ gateway }), path(name))).json()) as Workload;
}

function changeWorkload(gateway: string, name: string, edit: (workload: Workload) => Workload): Promise<Workload> {
  return change(gateway, path(name), edit);
}

function path(name: string): string {
  return `registry/${encodeURIComponent(name)}`;
}
