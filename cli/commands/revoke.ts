/** `hopgate revoke`: takes authority back. */
import { Command } from "commander";
import { sendAdmin } from "../../sdk/admin.ts";
import { fieldsOf, REVOCATION_KINDS, type RevocationKind, readRevocationName } from "../../worker/revocation/name.ts";
import { type GatewayOption, reach, withGateway } from "../remote.ts";

const DESCRIPTIONS: Readonly<Record<RevocationKind, string>> = {
  issuer: "every chain whose root this issuer signed",
  subject: "every chain for this subject",
  session: "every chain that began in this session",
  txn: "every chain of this task: the task ends",
  actor: "every chain in which this actor takes part",
  client: "every chain that began with a token of this client",
  token: "this token, and all that was derived from it",
  hop: "every chain with this hop, by its hash as the ledger tells it",
};

type Options = GatewayOption & { reason: string };

export function revokeCommand(): Command {
  const command = new Command("revoke").description("refuse from now on what was good until now");
  for (const kind of REVOCATION_KINDS) command.addCommand(kindCommand(kind));
  return command;
}

function kindCommand(kind: RevocationKind): Command {
  const fields = fieldsOf(kind);
  const command = withGateway(new Command(kind)).description(DESCRIPTIONS[kind]);
  for (const field of fields) command.argument(`<${field}>`);
  return command.option("--reason <text>", "kept with the revocation", "").action(async (...given: unknown[]) => {
    const values = given.slice(0, fields.length);
    const { reason, ...options } = given[fields.length] as Options;
    const named = Object.fromEntries(fields.map((field, index) => [field, values[index]]));
    const name = readRevocationName({ kind, ...named });
    await sendAdmin(await reach(options), "POST", "revocations", { ...name, reason });
    console.log(`revoked ${kind} ${values.join(" ")}`);
  });
}
