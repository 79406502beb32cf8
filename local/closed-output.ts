/** Output whose reader has closed it, like `| head -1`. */

let closed = false;

/**
 * Further output is dropped, and the program runs to its end, so that its work is done and its exit code is right.
 * Without this, Node ends it with a stack trace.
 */
export function allowClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") {
        closed ||= stream === process.stdout;
        return;
      }
      process.stderr.write(`cannot write the output: ${error.code}\n`);
      process.exit(1);
    });
  }
}

/** Whether the reader is known to have closed the output, so that a program that only prints may end. */
export function isOutputClosed(): boolean {
  return closed;
}

/**
 * Prints something that cannot be printed again, such as a new secret.
 *
 * @throws Error if its reader has closed the output
 */
export async function printOnce(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(`${text}\n`, (error) => (error ? reject(error) : resolve()));
  });
}
