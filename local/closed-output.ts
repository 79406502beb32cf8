/** Output that its reader has closed, as `| head -1` does. */

/**
 * What is printed from then on is dropped: the program goes on to its end, so that what it was asked to do is done and its exit code
 * is true. Without this Node ends it with a stack trace.
 */
export function allowClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") return;
      process.stderr.write(`cannot write the output: ${error.code}\n`);
      process.exit(1);
    });
  }
}
