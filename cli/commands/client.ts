/** `hopgate client`: clients of the authorization server, how they authenticate, and what they may request. */
import { createHash, randomBytes } from "node:crypto";
import { Command, Option } from "commander";
import { printOnce } from "../../local/closed-output.ts";
import { askAdmin, sendAdmin } from "../../sdk/admin.ts";
import { AUTH_METHODS, type Client, GRANTS, PEOPLE_GRANTS } from "../../worker/oauth/clients.ts";
import { change, register } from "../change.ts";
import { parseCount, parseScope, parseSeconds, readPublicKeys } from "../input.ts";
import { printTable } from "../print.ts";
import { reach, withGateway } from "../remote.ts";

interface Options {
  readonly gateway: string;
}

interface AddOptions extends Options {
  readonly actor?: string;
  readonly alias?: string[];
  readonly knownAs?: string[];
  readonly auth: Client["auth_method"];
  readonly jwks?: string;
  readonly certificate?: string;
  readonly grant?: string[];
  readonly redirect?: string[];
  readonly name?: string;
  readonly audience: string[];
  readonly scope: string[];
  readonly mayBe?: string[];
  readonly selfSigned?: string[];
  readonly domain?: string[];
  readonly depth?: number;
  readonly ttl?: number;
  readonly taskSeconds?: number;
  readonly dpop?: boolean;
  readonly owner: string;
  readonly purpose: string;
  readonly environment?: string;
  readonly type?: string;
  readonly expires?: string;
  readonly replace?: boolean;
}

export function clientCommand(): Command {
  const command = new Command("client").description("register clients of the authorization server");
  addRegistering(command);

  withGateway(command.command("list"))
    .description("list every client, with what it may request")
    .action(async ({ gateway }: Options) => {
      const answer = await askAdmin(await reach({ gateway }), "clients");
      const { clients } = (await answer.json()) as { clients: Client[] };
      const rows = clients.map((client) => [
        client.client_id,
        state(client),
        client.auth_method,
        client.scopes.join(" "),
        client.owner,
        client.purpose,
      ]);
      printTable(["client", "", "authenticates by", "scopes", "owner", "purpose"], rows);
    });

  withGateway(command.command("disable"))
    .description("issue no more tokens to a client, and refuse every chain that began with one of its tokens")
    .argument("<client>")
    .action(async (id: string, { gateway }: Options) => {
      try {
        await changeClient(gateway, id, (client) => ({ ...client, disabled: true }));
      } finally {
        // Its tokens are revoked whether or not the registration could be changed.
        const revocation = { kind: "client", client_id: id, reason: "client disabled" };
        await sendAdmin(await reach({ gateway }), "POST", "revocations", revocation);
      }
      console.log(`${id} is disabled, and its tokens are revoked`);
    });

  withGateway(command.command("narrow"))
    .description("remove all other scopes from a client; its existing tokens keep their scopes until they expire")
    .argument("<client>")
    .requiredOption("--scope <scopes>", "all scopes that it keeps", parseScope)
    .action(async (id: string, { gateway, scope }: Options & { scope: string[] }) => {
      await changeClient(gateway, id, (client) => {
        const wider = scope.filter((token) => !client.scopes.includes(token));
        if (wider.length > 0) throw new Error(`${id} does not have \`${wider.join(" ")}\`: narrow never widens`);
        return { ...client, scopes: scope };
      });
      console.log(`${id} may request: ${scope.join(" ") || "nothing"}`);
    });

  withGateway(command.command("rotate"))
    .description("make a new secret; the previous one stays valid until the next rotation")
    .argument("<client>")
    .action(async (id: string, { gateway }: Options) => {
      const { secret, hash } = newSecret();
      await changeClient(gateway, id, (client) => {
        if (!client.auth_method.startsWith("client_secret"))
          throw new Error(`${id} has no secret: it authenticates by ${client.auth_method}`);
        return { ...client, secret_hashes: [hash, ...(client.secret_hashes ?? []).slice(0, 1)] };
      });
      await printSecret(id, secret);
    });
  return command;
}

function addRegistering(command: Command): void {
  const many = (value: string, before: string[] = []): string[] => [...before, value];
  withGateway(command.command("add"))
    .description("register a client; a secret is printed once, and not stored")
    .argument("<client>", "its client_id")
    .option("--actor <uri>", "its name in chains (default: its id, if that is a URI)")
    .option("--alias <name>", "another name that `aud` of a token may use for it (repeatable)", many)
    .option("--known-as <issuer=client_id>", "its client_id at an issuer (repeatable)", many)
    .addOption(
      new Option("--auth <method>", "how it authenticates").choices(AUTH_METHODS).default("client_secret_basic"),
    )
    .option(
      "--jwks <file>",
      "its public keys, a JWK or a JWK Set: for private_key_jwt, --self-signed, and step proofs of actor chains",
    )
    .option("--certificate <hash>", "self_signed_tls_client_auth: base64url(SHA-256) of its certificate")
    .addOption(
      new Option("--grant <type>", "a grant type that it may use (repeatable; default: all that it can use)")
        .choices(GRANTS)
        .argParser(many),
    )
    .option("--redirect <uri>", "where people return after they signed in (repeatable)", many)
    .option("--name <text>", "the name that people see")
    .requiredOption("--audience <uri>", "what its tokens may be for (repeatable)", many)
    .requiredOption("--scope <scopes>", "all scopes that it may have", parseScope)
    .option("--may-be <uri>", "another actor that it may act as, if an actor_token proves it (repeatable)", many)
    .option(
      "--self-signed <subject>",
      "a subject that it may state in a JWT that it signs itself, for a Txn-Token; a `*` at the end matches any text (repeatable)",
      many,
    )
    .option(
      "--domain <issuer=client_id>",
      "another domain that it may get grants for, and its id there (repeatable)",
      many,
    )
    .option("--depth <n>", "most actors in a chain that it may extend", parseCount)
    .option("--ttl <seconds>", "longest lifetime of a token", parseSeconds)
    .option("--task-seconds <seconds>", "how long after its start a task may have valid tokens", parseSeconds)
    .option("--dpop", "its tokens are always bound to a key")
    .requiredOption("--owner <text>", "who answers for it")
    .requiredOption("--purpose <text>", "what it is for")
    .option("--environment <word>", "where it runs, such as production")
    .option("--type <word>", "what it is, such as agent, service or job")
    .option("--expires <time>", "ISO 8601: when the registration ends")
    .option("--replace", "replace the whole registration of a client; a disabled one stays disabled")
    .action(async (id: string, options: AddOptions) => {
      const secret = options.auth.startsWith("client_secret") ? newSecret() : undefined;
      const client = await describe(id, options, secret?.hash);
      const restated = ({ disabled }: Record<string, unknown>) => ({ ...client, disabled });
      if (options.replace) await change(options.gateway, path(id), restated);
      else await register(options.gateway, path(id), client, `${id} is registered already: --replace states it again`);
      console.log(`${id} is registered`);
      if (secret !== undefined) await printSecret(id, secret.secret);
    });
}

async function describe(id: string, options: AddOptions, hash: string | undefined): Promise<Record<string, unknown>> {
  const given = {
    client_id: id,
    actor: options.actor ?? id,
    aliases: options.alias,
    known_as: options.knownAs && grouped(options.knownAs.map(parseDomain)),
    auth_method: options.auth,
    keys: options.jwks === undefined ? undefined : await readPublicKeys(options.jwks),
    secret_hashes: hash === undefined ? undefined : [hash],
    certificate: options.certificate,
    grants: options.grant ?? grantsFor(options),
    redirect_uris: options.redirect,
    client_name: options.name,
    audiences: options.audience,
    scopes: options.scope,
    actors: options.mayBe,
    self_signed_subjects: options.selfSigned,
    domains: options.domain && Object.fromEntries(options.domain.map(parseDomain)),
    max_depth: options.depth,
    max_ttl: options.ttl,
    max_task_seconds: options.taskSeconds,
    dpop_bound: options.dpop,
    owner: options.owner,
    purpose: options.purpose,
    environment: options.environment,
    type: options.type,
    expires: options.expires,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/**
 * A client without a credential may use what people allow it; one without redirect addresses may use the other grant
 * types.
 */
function grantsFor({ auth, redirect }: AddOptions): string[] {
  if (auth === "none") return [...PEOPLE_GRANTS];
  return GRANTS.filter((grant) => redirect !== undefined || !PEOPLE_GRANTS.some((each) => each === grant));
}

/** `https://other.example=our-id-there`: the id follows the last equals sign. */
function parseDomain(text: string): [string, string] {
  const at = text.lastIndexOf("=");
  if (at < 1) throw new Error(`\`${text}\` is not issuer=client_id`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function newSecret(): { secret: string; hash: string } {
  const secret = randomBytes(32).toString("base64url");
  return { secret, hash: createHash("sha256").update(secret).digest("base64url") };
}

/** @throws Error if it cannot be printed: then the new secret is already valid, but no one has it */
async function printSecret(id: string, secret: string): Promise<void> {
  await printOnce(`client_id      ${id}\nclient_secret  ${secret}`).catch((cause: unknown) => {
    throw new Error(`the new secret of ${id} could not be printed: \`client rotate\` makes another`, { cause });
  });
}

function state({ disabled, expires }: Client): string {
  if (disabled) return "disabled";
  return expires !== undefined && Date.parse(expires) <= Date.now() ? "expired" : "";
}

function changeClient(gateway: string, id: string, edit: (client: Client) => Client): Promise<Client> {
  return change(gateway, path(id), edit);
}

function path(id: string): string {
  return `clients/${encodeURIComponent(id)}`;
}

function grouped(pairs: readonly (readonly [string, string])[]): Record<string, string[]> {
  return Object.fromEntries(
    [...Map.groupBy(pairs, ([issuer]) => issuer)].map(([issuer, some]) => [issuer, some.map(([, name]) => name)]),
  );
}
