/** `hopgate delegate`: appends a narrower hop to a chain, offline. */
import { Command } from "commander";
import { delegate } from "../../sdk/delegate.ts";
import {
  parseCount,
  parseDetails,
  parseScope,
  parseSeconds,
  readInput,
  readPrivateKey,
  readPublicKey,
} from "../input.ts";

interface Options {
  key: string;
  to: string;
  toKey?: string;
  wit?: string;
  scope: string[];
  audience?: string[];
  ttl: number;
  maxHops?: number;
  details?: Record<string, unknown>[];
  txn?: string;
  purpose?: string;
}

export function delegateCommand(): Command {
  return new Command("delegate")
    .description("append a narrower hop to a chain, offline, and print the longer chain")
    .argument("<chain>", "the chain so far")
    .requiredOption("--key <file>", "private key that the last hop names")
    .requiredOption("--to <uri>", "the next actor, such as spiffe://acme.example/services/refunds")
    .option("--to-key <file>", "its public key; without one it cannot prove possession or delegate further")
    .option("--wit <token>", "its Workload Identity Token, which proves that the key is its own; @file reads one")
    .requiredOption("--scope <tokens>", 'what it may do, such as "orders:read"', parseScope)
    .option("--audience <uri...>", "default: the parent's")
    .option("--ttl <seconds>", "lifetime, at most the parent's", parseSeconds, 300)
    .option("--max-hops <n>", "how many hops may follow", parseCount)
    .option(
      "--details <json>",
      "authorization details (RFC 9396), each equal to one of the parent's; without it the hop has none",
      parseDetails,
    )
    .option("--txn <id>", "the task, if the chain names none yet")
    .option("--purpose <text>", "its purpose, if the chain names none yet")
    .addHelpText(
      "after",
      "\nThe chain is not verified here, but a hop that would be wider than its parent is not signed.",
    )
    .action(async (argument: string, options: Options) =>
      console.log(await append(await readInput(argument, "chain"), options)),
    );
}

async function append(chain: string, options: Options): Promise<string> {
  return delegate(chain, {
    key: await readPrivateKey(options.key),
    to: options.to,
    toKey: options.toKey === undefined ? undefined : await readPublicKey(options.toKey),
    wit: options.wit === undefined ? undefined : await readInput(options.wit, "token"),
    audience: options.audience,
    scopes: options.scope,
    ttl: options.ttl,
    maxHops: options.maxHops,
    authorizationDetails: options.details,
    txn: options.txn,
    tctx: options.purpose === undefined ? undefined : { purpose: options.purpose },
  });
}
