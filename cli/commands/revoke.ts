/** `hopgate revoke`: takes authority back. */
import { Argument, Command } from "commander";
import { REVOCABLE } from "../../worker/chain/revocation.ts";
import { adminToken, DEFAULT_GATEWAY } from "../input.ts";

export function revokeCommand(): Command {
  return new Command("revoke")
    .description("refuse every chain of a task, an actor, a token, a hop, a subject or an issuer from now on")
    .addArgument(new Argument("<kind>").choices(REVOCABLE))
    .argument("<values...>", "token: issuer and jti; subject: issuer and sub; the others: one value")
    .option("--reason <text>", "kept with the revocation", "")
    .option("--gateway <url>", "where the gateway is", DEFAULT_GATEWAY)
    .action(async (kind: string, values: string[], { reason, gateway }: { reason: string; gateway: string }) => {
      const answer = await fetch(new URL("/admin/revocations", gateway), {
        method: "POST",
        headers: { authorization: `Bearer ${await adminToken()}`, "content-type": "application/json" },
        body: JSON.stringify({ kind, values, reason }),
      });
      if (!answer.ok) throw new Error(`the gateway answered ${answer.status}: ${await answer.text()}`);
      console.log(`revoked ${kind} ${values.join(" ")}`);
    });
}
