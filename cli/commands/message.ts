/** `hopgate message`: messages for later work, sealed by the producer and opened by the consumer (docs/messages.md). */
import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import * as v from "valibot";
import { open } from "../../sdk/open.ts";
import { seal } from "../../sdk/seal.ts";
import { parseScope, parseSeconds, readInput, readPrivateKey, readPublicKey, readText } from "../input.ts";
import { printTable } from "../print.ts";

const Sealed = v.object({ envelope: v.string(), payload: v.string() });

interface SealOptions {
  chain: string;
  key: string;
  to: string;
  toKey: string;
  scope: string[];
  audience?: string[];
  ttl: number;
  out?: string;
}

interface OpenOptions {
  route: string;
  key: string;
  issuer: string;
  audience: string;
  delivery: string;
}

export function messageCommand(): Command {
  const command = new Command("message").description(
    "seal messages for later work, and open them when they are processed",
  );

  command
    .command("seal")
    .description("bind a payload to a chain that is narrowed to its consumer, offline; prints {envelope, payload}")
    .argument("<payload>", "the text, @FILE, or - for standard input")
    .requiredOption("--chain <chain>", "the producer's chain")
    .requiredOption("--key <file>", "private key that its last hop names")
    .requiredOption("--to <uri>", "the consumer")
    .requiredOption("--to-key <file>", "the consumer's public key")
    .requiredOption("--scope <tokens>", "what the consumer may do", parseScope)
    .option("--audience <uri...>", "default: the chain's")
    .option("--ttl <seconds>", "how long the message may wait, at most until the chain expires", parseSeconds, 3600)
    .option("-o, --out <file>", "where to write; default: standard output")
    .action(async (argument: string, options: SealOptions) => {
      const payload = await readInput(argument, "payload");
      const { key, to, toKey, scope: scopes, audience, ttl, out } = options;
      const envelope = await seal(payload, await readInput(options.chain, "chain"), {
        key: await readPrivateKey(key),
        to,
        toKey: await readPublicKey(toKey),
        scopes,
        audience,
        ttl,
      });
      const text = `${JSON.stringify({ envelope, payload })}\n`;
      if (out === undefined) process.stdout.write(text);
      else await writeFile(out, text, { mode: 0o600 });
    });

  command
    .command("open")
    .description("let the gateway verify a message now, and print its subject and actors")
    .argument("<file>", "what `message seal` wrote")
    .requiredOption("--key <file>", "the consumer's private key")
    .option("--route <url>", "the route that accepts these messages", "http://127.0.0.1:8787/jobs/refunds")
    .option("--issuer <id>", "the gateway's id", "https://gateway.acme.example")
    .option("--audience <uri>", "the route's audience", "https://refunds.acme.example")
    .option("--delivery <id>", "the id of the delivery; the same message under another id is refused", "delivery-1")
    .action(async (file: string, { route, key, issuer, audience, delivery }: OpenOptions) => {
      const { envelope, payload } = await readSealed(file);
      const opening = { route, key: await readPrivateKey(key), issuer, audience };
      const { provenance } = await open(payload, envelope, delivery, opening);
      const { subject, actors, txn, purpose, scopes, decision } = provenance;
      const rows = [
        ["for", `${subject.sub} of ${subject.iss}`],
        ["through", actors.map(({ sub, proof }) => `${sub} (${proof})`).join(" -> ")],
        ["task", purpose === undefined ? txn : `${txn}  (${purpose})`],
        ["may", scopes.join(" ")],
        ["decision", decision],
        ["payload", payload],
      ];
      printTable(["", ""], rows);
    });
  return command;
}

/** @throws Error if the file is not a sealed message */
async function readSealed(file: string): Promise<v.InferOutput<typeof Sealed>> {
  const text = await readText(file);
  try {
    return v.parse(Sealed, JSON.parse(text));
  } catch {
    throw new Error(`\`${file}\` is not a sealed message (hopgate message seal)`);
  }
}
