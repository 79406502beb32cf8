/** Output that its reader has closed, as `| head -1` does. */

let closed = false;

/**
 * What is printed from then on is dropped: the program goes on to its end, so that what it was asked to do is done and its exit code
 * is true. Without this Node ends it with a stack trace.
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

/** Whether nobody reads what is printed any more, as far as it is known: a program that only prints may end. */
export function isOutputClosed(): boolean {
  return closed;
}

/**
 * Prints what is told only once.
 *
 * @throws Error where its reader has closed the output
 */
export async function printOnce(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(`${text}\n`, (error) => (error ? reject(error) : resolve()));
  });
}
