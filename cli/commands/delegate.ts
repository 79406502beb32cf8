/** `hopgate delegate`: appends a narrower hop to a chain, offline. */
import { Command } from "commander";
import { calculateJwkThumbprint, type JWTPayload } from "jose";
import { delegate } from "../../sdk/delegate.ts";
import { actorOf, unverifiedClaims } from "../chain.ts";
import { parseCount, parseScope, parseSeconds, readChain, readPrivateKey, readPublicKey } from "../input.ts";

interface Options {
  key: string;
  to: string;
  toKey?: string;
  scope: string[];
  audience?: string[];
  ttl: number;
  maxHops?: number;
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
    .requiredOption("--scope <tokens>", 'what it may do, such as "orders:read"', parseScope)
    .option("--audience <uri...>", "default: the parent's")
    .option("--ttl <seconds>", "life, at most the parent's", parseSeconds, 300)
    .option("--max-hops <n>", "how many hops may follow", parseCount)
    .option("--txn <id>", "the task, where the chain names none yet")
    .option("--purpose <text>", "its purpose, where the chain names none yet")
    .addHelpText(
      "after",
      "\nThe chain is not verified here, but a hop that would be wider than its parent is not signed.",
    )
    .action(async (argument: string, options: Options) =>
      console.log(await append(await readChain(argument), options)),
    );
}

async function append(chain: string, options: Options): Promise<string> {
  const hops = unverifiedClaims(chain);
  const parent = hops.at(-1) as JWTPayload;
  const key = await readPrivateKey(options.key);
  const cnf = (parent["cnf"] ?? {}) as { jkt?: string; jwk?: { x?: string } };
  const named = cnf.jkt === undefined ? cnf.jwk?.x === key.x : cnf.jkt === (await calculateJwkThumbprint(key));
  if (!named) throw new Error("the key is not the one that the last hop names");

  const held = String(parent["scope"] ?? "").split(" ");
  const wider = options.scope.filter((token) => !held.includes(token));
  if (wider.length > 0) throw new Error(`the last hop does not have the scope \`${wider.join(" ")}\``);
  const now = Math.floor(Date.now() / 1000);
  const expires = Math.min(now + options.ttl, parent.exp ?? 0);
  if (expires <= now) throw new Error("the last hop has expired");

  return delegate(chain, {
    key,
    carryKey: cnf.jkt !== undefined,
    issuer: hops.length === 1 ? actorOf(parent) : String(parent.sub),
    delegate: options.to,
    delegateKey: options.toKey === undefined ? undefined : await readPublicKey(options.toKey),
    audience: options.audience ?? parent.aud ?? [],
    scopes: options.scope,
    expires,
    maxHops: options.maxHops,
    txn: options.txn,
    tctx: options.purpose === undefined ? undefined : { purpose: options.purpose },
  });
}
