/** `hopgate call`: sends one request with a chain and a fresh DPoP proof. */
import { Command } from "commander";
import { presentation } from "../../sdk/dpop.ts";
import { readInput, readPrivateKey } from "../input.ts";
import { printable } from "../print.ts";

interface Options {
  chain: string;
  key: string;
  header: string[];
  data?: string;
  include?: boolean;
}

export function callCommand(): Command {
  return new Command("call")
    .description("send a request with a chain and a fresh DPoP proof, and print the answer")
    .argument("<method>")
    .argument("<url>")
    .requiredOption("--chain <chain>", "the chain to present")
    .requiredOption("--key <file>", "private key that its last hop names")
    .option(
      "-H, --header <name: value>",
      "a further header; may be repeated",
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .option("-d, --data <text>", "the body")
    .option("-i, --include", "print the answer's headers too")
    .action(async (method: string, url: string, options: Options) => {
      if (!URL.canParse(url)) throw new Error(`\`${printable(url)}\` is not a URL`);
      const proof = {
        key: await readPrivateKey(options.key),
        chain: await readInput(options.chain, "chain"),
        method,
        url,
      };
      const headers = new Headers(options.header.map(splitHeader));
      for (const [name, value] of Object.entries(await presentation(proof))) headers.set(name, value);
      const response = await fetch(url, { method, headers, body: options.data ?? null, redirect: "manual" }).catch(
        () => {
          throw new Error(`no answer from ${new URL(url).origin}: is the gateway running? (npm start)`);
        },
      );
      console.log(`${response.status} ${response.statusText}`);
      if (options.include) for (const [name, value] of response.headers) console.log(`${name}: ${value}`);
      const challenge = response.headers.get("www-authenticate");
      if (challenge !== null && !options.include) console.log(`www-authenticate: ${challenge}`);
      console.log(await response.text());
      if (!response.ok) process.exitCode = 1;
    });
}

function splitHeader(line: string): [string, string] {
  const at = line.indexOf(":");
  if (at < 1) throw new Error(`\`${printable(line)}\` is not a header such as "accept: application/json"`);
  return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
}
