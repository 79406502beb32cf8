/** Plain-text output: headings and tables. */

export function heading(text: string): string {
  return `\n${text}\n${"-".repeat(text.length)}`;
}

/** Columns as wide as their widest cell; the last one is not padded. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = head.some((cell) => cell !== "") ? [head, ...rows] : rows;
  const widths = head.map((_, column) => Math.max(0, ...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map(
      (row) =>
        `   ${row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join("  ")}`,
    )
    .join("\n");
}

/** Control characters of foreign text never reach the terminal. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, "?");
}

/** Columns of text from elsewhere. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  console.log(
    table(
      head,
      rows.map((row) => row.map(printable)),
    ),
  );
}
