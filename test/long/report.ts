/** Figures of a run, which a test prints whether it passes or not. */
export function report(line: string): void {
  // Vitest shows what `console` is told only of tests that fail.
  process.stdout.write(`${line}\n`);
}
