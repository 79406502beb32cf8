/** `hopgate key`: key pairs for hops, proofs and the gateway, and the keys that encrypt accounts at vendors. */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import { base64url, calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import { newKey, publicPart } from "../../sdk/keys.ts";
import { readKeySet, readPublicKey } from "../input.ts";

export function keyCommand(): Command {
  const command = new Command("key").description("make and show keys");

  command
    .command("new")
    .description("make an Ed25519 key pair; the private JWK goes to a file that only you can read")
    .option("-o, --out <file>", "where to write it; default: standard output")
    .action(async ({ out }: { out?: string }) => {
      const key = JSON.stringify(await newKey());
      if (out === undefined) console.log(key);
      else await writeFile(out, `${key}\n`, { mode: 0o600, flag: "wx" }).catch(refuseToOverwrite(out));
    });

  command
    .command("public")
    .description("print the public half of a key, with its thumbprint as kid")
    .argument("<file>")
    .action(async (file: string) => {
      const key = publicPart(await readPublicKey(file));
      console.log(JSON.stringify({ ...key, kid: key.kid ?? (await calculateJwkThumbprint(key)) }));
    });

  command
    .command("rotate")
    .description(
      "rotate the gateway's keys (GATEWAY_KEYS): the next one signs, the old one stays published, a new one follows",
    )
    .argument("<file>", "the JWK Set of private keys, current one first")
    .action(async (file: string) => {
      const [current, next] = await readKeySet(file);
      if (current === undefined || next === undefined) throw new Error(`\`${file}\` has no next key to rotate to`);
      await writeFile(file, JSON.stringify({ keys: [next, await newKey(), current] }, null, 2), { mode: 0o600 });
      console.log(
        `now signs ${next.kid}; still published ${current.kid}: set GATEWAY_KEYS from the file (deployed: wrangler secret put; self-hosted: restart)`,
      );
    });

  command
    .command("vault")
    .description(
      "make the key that encrypts people's accounts at vendors (VAULT_KEYS), or add a new one as the current key; what older keys encrypted can still be read",
    )
    .argument("<file>", "the JWK Set of symmetric keys; created if it does not exist")
    .action(async (file: string) => {
      const random = (bytes: number): string => base64url.encode(crypto.getRandomValues(new Uint8Array(bytes)));
      const key = { kty: "oct", kid: random(6), k: random(32) };
      const older = await putInFront(key, file);
      console.log(`now encrypts ${key.kid}; still read ${older}: set VAULT_KEYS from the file`);
    });

  command
    .command("federation")
    .description(
      "make the key that signs the gateway's tokens for clouds (FEDERATION_KEYS), or add a new one as the current key; the older ones stay published",
    )
    .argument("<file>", "the JWK Set of private RSA keys; created if it does not exist")
    .action(async (file: string) => {
      const { privateKey } = await generateKeyPair("RS256", { extractable: true });
      const jwk = await exportJWK(privateKey);
      const key = { ...jwk, alg: "RS256", kid: await calculateJwkThumbprint(jwk) };
      const older = await putInFront(key, file);
      console.log(`now signs ${key.kid}; still published ${older}: set FEDERATION_KEYS from the file`);
    });
  return command;
}

/** Writes a key in front of those of a JWK Set. @returns the number of earlier keys */
async function putInFront(key: object, file: string): Promise<number> {
  const older = existsSync(file) ? await readKeySet(file) : [];
  await writeFile(file, JSON.stringify({ keys: [key, ...older] }, null, 2), { mode: 0o600 });
  return older.length;
}

function refuseToOverwrite(file: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    throw new Error(
      error.code === "EEXIST"
        ? `\`${file}\` exists; keys are never overwritten`
        : `cannot write \`${file}\`: ${error.code}`,
    );
  };
}
