/**
 * Tables. On a narrow screen each row becomes a block with the column's name before each value (style.ts). Browsers
 * drop the roles of table elements that are not laid out as a table, so every role is stated (WAI-ARIA 1.2).
 */
import { html } from "hono/html";
import type { Html } from "./document.ts";

/** "" is an empty cell, which a narrow screen leaves out. */
export type Cell = Html | string | number;

export interface Row {
  /** For links to the row. */
  readonly id?: string;
  /** The first cell, if it names the row. */
  readonly name?: Cell;
  readonly cells: readonly Cell[];
}

/** @param columns their names; "" for a column of buttons, which have names of their own */
export function table(columns: readonly string[], rows: readonly Row[], caption: string): Html {
  if (rows.length === 0) return html`<p class="none">Nothing yet.</p>`;
  return html`<div class="scroll"><table role="table"><caption>${caption}</caption><thead role="rowgroup"><tr role="row">${columns.map(
    (name) => html`<th scope="col" role="columnheader">${name}</th>`,
  )}</tr></thead><tbody role="rowgroup">${rows.map((row) => rowOf(row, columns))}</tbody></table></div>`;
}

function rowOf({ id, name, cells }: Row, columns: readonly string[]): Html {
  const [first = "", ...others] = columns;
  const labels = name === undefined ? columns : others;
  return html`<tr role="row"${id === undefined ? "" : html` id="${id}"`}>${
    name === undefined ? "" : html`<th scope="row" role="rowheader" data-label="${first}"><div>${name}</div></th>`
  }${cells.map((cell, index) => cellOf(cell, labels[index] ?? ""))}</tr>`;
}

function cellOf(cell: Cell, label: string): Html {
  if (cell === "") return html`<td role="cell"></td>`;
  return html`<td role="cell" data-label="${label}"><div>${cell}</div></td>`;
}
