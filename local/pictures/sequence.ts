/**
 * Who sends what to whom, from text:
 *
 *   title: ...
 *   actors: Caller | Hopgate | Your API
 *   Caller -> Hopgate: a request       (`-->` for an answer)
 *   Hopgate: what it does by itself
 *   == what begins here ==
 */
import { arrow, box, LINE, lines, svg, wrap } from "./svg.ts";

const [COLUMN, MARGIN, HEAD, GAP] = [196, 24, 44, 16];

interface Drawn {
  readonly parts: readonly string[];
  readonly height: number;
}

export function sequence(title: string, rows: readonly string[]): string {
  const [actorsRow = "", ...steps] = rows;
  const actors = actorsRow
    .replace("actors:", "")
    .split("|")
    .map((name) => name.trim());
  const width = 2 * MARGIN + actors.length * COLUMN;
  const center = (name: string): number => {
    const index = actors.indexOf(name.trim());
    if (index < 0) throw new Error(`${title}: there is no actor \`${name}\``);
    return MARGIN + COLUMN * (index + 0.5);
  };
  const drawn: Drawn[] = [];
  let y = MARGIN + HEAD + GAP;
  for (const step of steps) {
    const next = drawStep(step, y, { center });
    drawn.push(next);
    y += next.height + GAP;
  }
  const heads = actors.map((name) => {
    const x = center(name);
    const life = `<line class="life" x1="${x}" x2="${x}" y1="${MARGIN + HEAD}" y2="${y}"/>`;
    const texts = wrap(name, COLUMN - 32);
    const top = MARGIN + HEAD / 2 + 5 - ((texts.length - 1) * LINE) / 2;
    return [life, box(x - COLUMN / 2 + 10, MARGIN, COLUMN - 20, HEAD), lines(texts, x, top, "head", "middle")].join(
      "\n",
    );
  });
  return svg(title, width, y + MARGIN / 2, [...heads, ...drawn.flatMap(({ parts }) => parts)]);
}

interface Sheet {
  center(name: string): number;
}

function drawStep(step: string, y: number, { center }: Sheet): Drawn {
  const divider = /^== (.*) ==$/.exec(step);
  if (divider !== null) {
    const texts = [divider[1] as string];
    const width = (texts[0] as string).length * 7.4;
    const parts = [ground(texts, MARGIN + width / 2, y + 3), lines(texts, MARGIN, y + LINE, "head")];
    return { parts, height: LINE + 4 };
  }
  const [, from = "", kind, to = "", text = ""] = /^(.*?)(?: (-->|->) (.*?))?: (.*)$/.exec(step) ?? [];
  return kind === undefined ? note(text, center(from), y) : message(text, center(from), center(to), y, kind === "-->");
}

function message(text: string, from: number, to: number, y: number, isAnswer: boolean): Drawn {
  const texts = wrap(text, Math.abs(to - from) - 24);
  const bottom = y + texts.length * LINE + 2;
  // A background behind the text hides lifelines.
  const middle = (from + to) / 2;
  const parts = [ground(texts, middle, y), lines(texts, middle, y + LINE - 4, "", "middle")];
  return { parts: [...parts, arrow(from, bottom, to, bottom, isAnswer ? "back" : "")], height: bottom - y };
}

function note(text: string, x: number, y: number): Drawn {
  const texts = wrap(text, COLUMN - 34);
  const height = texts.length * LINE + 10;
  const parts = [box(x - COLUMN / 2 + 10, y, COLUMN - 20, height), lines(texts, x, y + LINE + 1, "", "middle")];
  return { parts, height };
}

function ground(texts: readonly string[], x: number, y: number): string {
  const width = Math.max(...texts.map(({ length }) => length)) * 6.6 + 8;
  return `<rect class="paper" x="${x - width / 2}" y="${y}" width="${width}" height="${texts.length * LINE}"/>`;
}
