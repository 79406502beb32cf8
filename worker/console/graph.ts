/** A task as a picture: subject, actors, what each was given and not given, and what was done with it. SVG, pure. */
import { html } from "hono/html";
import { type Repeated, repeatedRequests, type TaskNode, type TaskTree } from "../ledger/task-tree.ts";
import type { Html } from "../pages/document.ts";
import { shortName } from "./page.ts";

const COLUMN = 250;
const BOX = 190;
const LINE = 18;
const GAP = 16;
/** Most lines of requests under a box; the rest is only counted. */
const MOST = 6;

interface Placed {
  readonly node: TaskNode;
  readonly requests: readonly Repeated[];
  readonly x: number;
  readonly y: number;
  readonly height: number;
  readonly children: readonly Placed[];
}

export function taskGraph({ subject, purpose, roots }: TaskTree): Html {
  let bottom = GAP;
  const placed = roots.map((root) => {
    const place = placeNode(root, 1, bottom);
    bottom = place.height + bottom + GAP;
    return place;
  });
  const first = placed[0]?.y ?? GAP;
  const width = (depthOf(roots) + 1) * COLUMN + GAP;
  const height = Math.max(bottom, first + 4 * LINE);
  return html`<svg class="graph" role="img" aria-labelledby="graph-title graph-text" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title id="graph-title">The chain of the task</title>
<desc id="graph-text">${describe(subject, roots)}</desc>
<g class="subject"><rect x="${GAP}" y="${first}" width="${BOX}" height="${LINE * 3}" rx="8"/>
<text class="name" x="${GAP + 10}" y="${first + LINE}"><title>${subject}</title>${cut(nameOf(subject), 20)}</text>
<text class="small" x="${GAP + 10}" y="${first + 2 * LINE}">${cut(purpose ?? "no purpose named", 30)}</text></g>
${placed.map((place) => [edge(GAP + BOX, first, place), box(place)])}
</svg>`;
}

/** Boxes of a subtree: the node at the top left, its children below each other on its right. */
function placeNode(node: TaskNode, depth: number, top: number): Placed {
  const requests = repeatedRequests(node.requests);
  let below = top;
  const children = node.children.map((child) => {
    const placed = placeNode(child, depth + 1, below);
    below += placed.height + GAP;
    return placed;
  });
  const own = boxHeight(node) + Math.min(requests.length, MOST + 1) * LINE + (requests.length > 0 ? GAP : 0);
  return {
    node,
    requests,
    x: GAP + depth * COLUMN,
    y: top,
    height: Math.max(own, children.length > 0 ? below - GAP - top : 0),
    children,
  };
}

function boxHeight({ scopes, withheld }: TaskNode): number {
  return (1.8 + scopes.length + withheld.length) * LINE;
}

function box({ node, requests, x, y, children }: Placed): Html {
  const bottom = y + boxHeight(node);
  const lines = [...node.scopes.map((scope) => ["kept", scope]), ...node.withheld.map((scope) => ["withheld", scope])];
  return html`<g class="actor"><title>${node.actor}</title>
<rect x="${x}" y="${y}" width="${BOX}" height="${boxHeight(node)}" rx="8"/>
<text class="name" x="${x + 10}" y="${y + LINE}">${cut(shortName(node.actor), 20)}</text>
${lines.map(
  ([kind, scope], index) =>
    html`<text class="small ${kind as string}" x="${x + 10}" y="${y + (index + 2.1) * LINE}">${cut(scope as string, 28)}</text>`,
)}</g>
${requests.slice(0, MOST).map((request, index) => requestLine(request, x, bottom + (index + 1) * LINE))}
${
  requests.length > MOST
    ? html`<text class="small" x="${x + 10}" y="${bottom + (MOST + 1) * LINE}">and ${requests.length - MOST} more</text>`
    : ""
}
${children.map((child) => [edge(x + BOX, y, child), box(child)])}`;
}

function requestLine({ label, outcome, rule, count, last }: Repeated, x: number, y: number): Html {
  const sign = { allowed: "✓", denied: "✕", failed: "!" }[outcome];
  const emergency = last.decision?.emergency === undefined ? "" : " (break-glass)";
  return html`<a href="#d-${last.id}"><text class="small ${outcome}" x="${x + 10}" y="${y}"><title>${label}: ${outcome} ${rule ?? ""}</title>${sign} ${cut(
    label,
    24,
  )}${count > 1 ? ` ×${count}` : ""}${emergency}</text></a>`;
}

/** From the right side of a box to the left side of the next, at the height of their names. */
function edge(x: number, y: number, to: Placed): Html {
  const [from, target] = [y + LINE, to.y + LINE];
  const middle = (x + to.x) / 2;
  return html`<path class="edge" d="M${x} ${from} C${middle} ${from} ${middle} ${target} ${to.x - 6} ${target}"/><path class="tip" d="M${
    to.x - 8
  } ${target - 4} l8 4 l-8 4 z"/>`;
}

function depthOf(nodes: readonly TaskNode[]): number {
  return nodes.length === 0 ? 0 : 1 + Math.max(...nodes.map(({ children }) => depthOf(children)));
}

function describe(subject: string, roots: readonly TaskNode[]): string {
  const tell = ({ actor, scopes, requests, children }: TaskNode): string =>
    `${actor} holds ${scopes.join(", ") || "nothing"} and made ${requests.length} requests. ${children.map(tell).join("")}`;
  return `For ${subject}: ${roots.map(tell).join("")}`;
}

/** The name of a `partyId`, without its authority. */
function nameOf(party: string): string {
  return party.slice(party.indexOf(" ") + 1);
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
