/** A shell that stays open between commands, as a reader's does. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";

export class Shell {
  readonly #bash: ChildProcessWithoutNullStreams;

  constructor(folder: string) {
    this.#bash = spawn("bash", [], { cwd: folder, detached: true });
  }

  /**
   * @param opened called with each address that a command asks to open
   * @returns what the commands print, on both streams
   */
  run(commands: string, opened: (address: string) => void): Promise<string> {
    const end = `end-${crypto.randomUUID()}`;
    this.#bash.stdin.write(`{ ${commands}\n} 2>&1\necho ${end}\n`);
    return new Promise((done, failed) => {
      let output = "";
      let seen = 0;
      const ended = (): void => failed(new Error(`the shell ended: ${output}`));
      const read = (bytes: Buffer): void => {
        output += bytes;
        for (const [line] of output.slice(seen).matchAll(/^.*\n/gm)) {
          seen += line.length;
          const [, address] = /^open (\S+)$/m.exec(line) ?? [];
          if (address !== undefined) opened(address);
        }
        if (!output.endsWith(`${end}\n`)) return;
        this.#bash.stdout.off("data", read);
        this.#bash.off("exit", ended);
        done(output.slice(0, -end.length - 1));
      };
      this.#bash.stdout.on("data", read);
      this.#bash.once("exit", ended);
    });
  }

  end(): void {
    process.kill(-(this.#bash.pid as number));
  }
}

/** Opens an address as a browser would: follows redirects, and keeps cookies. */
export async function signInBy(address: string): Promise<void> {
  const cookies = new Map<string, string>();
  for (let url: string | undefined = address; url !== undefined; ) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer: Response = await fetch(url, { redirect: "manual", headers: { cookie } });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) as unknown as [string, string, string];
      cookies.set(name, value);
    }
    const location = answer.headers.get("location");
    url = location === null ? undefined : new URL(location, url).href;
  }
}
