/**
 * Parts, row by row, and what each holds, from text:
 *
 *   title: ...
 *   row: in front
 *   part: Name | a line | another line
 *   row: behind it
 *   ...
 */
import { arrow, box, LINE, lines, svg, wrap } from "./svg.ts";

const [WIDTH, MARGIN, GAP, BETWEEN] = [1004, 24, 16, 46];

interface Part {
  readonly name: string;
  readonly texts: readonly string[];
}

export function parts(title: string, rows: readonly string[]): string {
  const groups: { readonly name: string; readonly parts: Part[] }[] = [];
  for (const line of rows) {
    const [, kind, text = ""] = /^(row|part): (.*)$/.exec(line) ?? [];
    if (kind === "row") groups.push({ name: text, parts: [] });
    const [name = "", ...texts] = text.split("|").map((each) => each.trim());
    if (kind === "part") groups.at(-1)?.parts.push({ name, texts });
  }
  const drawn: string[] = [];
  let y = MARGIN;
  for (const [index, group] of groups.entries()) {
    const { height, text } = drawRow(group, y);
    drawn.push(text);
    y += height;
    if (index < groups.length - 1) drawn.push(arrow(WIDTH / 2, y + 4, WIDTH / 2, y + BETWEEN - 8));
    y += index < groups.length - 1 ? BETWEEN : MARGIN;
  }
  return svg(title, WIDTH, y, drawn);
}

function drawRow({ name, parts: all }: { readonly name: string; readonly parts: readonly Part[] }, y: number) {
  const most = Math.min(all.length, 4);
  const width = (WIDTH - 2 * MARGIN - (most - 1) * GAP) / most;
  const wrapped = all.map(({ name: head, texts }) => ({
    head,
    texts: texts.flatMap((text) => wrap(text, width - 28)),
  }));
  const drawn: string[] = [lines([name], MARGIN, y + 14, "faint")];
  let top = y + 24;
  for (let first = 0; first < wrapped.length; first += most) {
    const some = wrapped.slice(first, first + most);
    const height = Math.max(...some.map(({ texts }) => texts.length)) * LINE + 40;
    some.forEach(({ head, texts }, index) => {
      const x = MARGIN + index * (width + GAP);
      drawn.push(box(x, top, width, height), lines([head], x + 14, top + 23, "head"), lines(texts, x + 14, top + 45));
    });
    top += height + GAP;
  }
  return { text: drawn.join("\n"), height: top - GAP - y };
}
