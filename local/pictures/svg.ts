/** Elements of the pictures: SVG that is legible on light and dark pages. */

/** Pixels of one character, on average, and of one line. */
export const CHARACTER = 6.9;
export const LINE = 17;

const STYLE = `
svg { --paper: #ffffff; --ink: #1f2328; --faint: #59636e; --line: #8c959f; --box: #f0f3f6; --mark: #0a5fbf }
@media (prefers-color-scheme: dark) {
svg { --paper: #0d1117; --ink: #e6edf3; --faint: #9198a1; --line: #656c76; --box: #1b222c; --mark: #6cb2ff }
}
text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: var(--ink) }
.head { font-weight: 600 }
.faint { fill: var(--faint) }
.paper { fill: var(--paper) }
.box { fill: var(--box); stroke: var(--line) }
.life { stroke: var(--line); stroke-dasharray: 2 4 }
.arrow { stroke: var(--mark); stroke-width: 1.5; fill: none }
.back { stroke-dasharray: 5 4 }
.tip { fill: var(--mark) }`;

/** @param title for readers who cannot see it */
export function svg(title: string, width: number, height: number, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${quoted(title)}">
<title>${quoted(title)}</title>
<style>${STYLE}
</style>
<rect class="paper" width="${width}" height="${height}" rx="8"/>
${parts.join("\n")}
</svg>
`;
}

function quoted(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** Lines of text one below the other; the first at `y`. */
export function lines(texts: readonly string[], x: number, y: number, className = "", anchor = "start"): string {
  return texts
    .map(
      (text, index) =>
        `<text class="${className}" x="${x}" y="${y + index * LINE}" text-anchor="${anchor}">${quoted(text)}</text>`,
    )
    .join("\n");
}

export function box(x: number, y: number, width: number, height: number): string {
  return `<rect class="box" x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/>`;
}

/** A line that ends in a tip; level or upright. */
export function arrow(fromX: number, fromY: number, toX: number, toY: number, className = ""): string {
  const [dx, dy] = [Math.sign(toX - fromX), Math.sign(toY - fromY)];
  const [backX, backY] = [toX - 8 * dx, toY - 8 * dy];
  const tip = `${toX},${toY} ${backX + 4 * dy},${backY + 4 * dx} ${backX - 4 * dy},${backY - 4 * dx}`;
  return `<path class="arrow ${className}" d="M${fromX} ${fromY}L${backX} ${backY}"/><polygon class="tip" points="${tip}"/>`;
}

/** Words in lines of at most so many pixels. */
export function wrap(text: string, width: number): string[] {
  const most = Math.max(8, Math.floor(width / CHARACTER));
  const wrapped: string[] = [];
  for (const word of text.split(" ")) {
    const last = wrapped.pop();
    if (last === undefined) wrapped.push(word);
    else if (last.length + 1 + word.length > most) wrapped.push(last, word);
    else wrapped.push(`${last} ${word}`);
  }
  return wrapped;
}
