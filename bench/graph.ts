/**
 * Draws cost against number of hops: `node bench/graph.ts < bench.json > docs/performance.svg`, from the JSON of
 * `npm run bench -- --json`.
 */
import { text } from "node:stream/consumers";
import type { BenchCase } from "./compare.ts";

interface Line {
  readonly name: string;
  /** A variable of STYLE. */
  readonly color: string;
  /** Microseconds for 1, 2, ... hops. */
  readonly values: readonly number[];
}

const WIDTH = 720;
const HEIGHT = 400;
const LEFT = 60;
const RIGHT = 230;
/** Pixels between the labels of lines that end close together. */
const APART = 16;
const TOP = 40;
const BOTTOM = 50;

function linesOf(cases: readonly BenchCase[]): Line[] {
  const hops = (suffix: string): BenchCase[] =>
    Array.from({ length: 8 }, (_, i) => {
      const found = cases.find(({ name }) => name === `core-hops-${i + 1}${suffix}`);
      if (found === undefined) throw new Error(`the JSON has no case core-hops-${i + 1}${suffix}: run without --only`);
      return found;
    });
  const peer = ({ peers }: BenchCase): number => peers["webcrypto"] as number;
  return [
    { name: "WebCrypto, Node, signatures alone", color: "--brown", values: hops("-node").map(peer) },
    { name: "WebCrypto, workerd, signatures alone", color: "--red", values: hops("").map(peer) },
    { name: "verifyChain, workerd, keys known", color: "--blue", values: hops("").map(({ ours }) => ours) },
    { name: "verifyChain, Node, keys known", color: "--green", values: hops("-node").map(({ ours }) => ours) },
  ];
}

/** Colours for light and dark pages, as in local/pictures/svg.ts. */
const STYLE = `
svg { --paper: #ffffff; --ink: #1f2328; --grid: #d0d7de; --brown: #9a6700; --red: #cf222e; --blue: #0969da; --green: #1a7f37 }
@media (prefers-color-scheme: dark) {
svg { --paper: #0d1117; --ink: #e6edf3; --grid: #3d444d; --brown: #d29922; --red: #ff7b72; --blue: #6cb2ff; --green: #56d364 }
}
text { fill: var(--ink) }`;

/** Labels are beside the ends of the lines. */
function draw(lines: readonly Line[], machine: string): string {
  const most = Math.ceil(Math.max(...lines.flatMap(({ values }) => values)) / 100) * 100;
  const x = (hops: number): number => LEFT + ((hops - 1) / 7) * (WIDTH - LEFT - RIGHT);
  const y = (value: number): number => HEIGHT - BOTTOM - (value / most) * (HEIGHT - TOP - BOTTOM);
  const label = (at: number, up: number, content: string, more = ""): string =>
    `<text x="${at}" y="${up.toFixed(1)}" ${more}>${content}</text>`;
  const grid = Array.from({ length: 6 }, (_, i) => (most / 5) * i).map(
    (value) =>
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}" style="stroke: var(--grid)"/>` +
      label(LEFT - 8, y(value) + 4, String(value), 'text-anchor="end"'),
  );
  const ticks = Array.from({ length: 8 }, (_, i) =>
    label(x(i + 1), HEIGHT - BOTTOM + 20, String(i + 1), 'text-anchor="middle"'),
  );
  let below = 0;
  const curves = lines
    .toSorted((one, other) => (other.values.at(-1) as number) - (one.values.at(-1) as number))
    .map(({ name, color, values }) => {
      const points = values.map((value, i) => `${x(i + 1).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
      below = Math.max(y(values.at(-1) as number) + 4, below + APART);
      const curve = `<polyline points="${points}" fill="none" stroke-width="2" style="stroke: var(${color})"/>`;
      return curve + label(WIDTH - RIGHT + 6, below, name, `style="fill: var(${color})"`);
    });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11">
<title>Cost of a chain against its number of hops, in microseconds</title>
<style>${STYLE}
</style>
<rect width="${WIDTH}" height="${HEIGHT}" rx="8" style="fill: var(--paper)"/>
${label(LEFT, 22, `microseconds a chain, by number of hops (${machine})`, 'font-size="13"')}
${grid.join("\n")}
${ticks.join("\n")}
${curves.join("\n")}
</svg>
`;
}

const { machine, cases } = JSON.parse(await text(process.stdin)) as { machine: string; cases: BenchCase[] };
process.stdout.write(draw(linesOf(cases), machine));
