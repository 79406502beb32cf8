/** Values of a record in words, instead of JSON. Pure. */
import { html } from "hono/html";
import type { ActRecord } from "../ledger/record.ts";
import { type Html, momentAt } from "../pages/document.ts";

/** A value and its name, such as `request method`. */
export type Fact = readonly [name: string, value: string | Html];

/** Times of records, in seconds since the epoch. */
const TIME = /(^| )(expires|before)$/;

/** What an act is about, and the signs that it reports. */
export function factsOfAct({ about, noticed }: Pick<ActRecord, "about" | "noticed">): Fact[] {
  const signs = (noticed?.signs ?? []).map(({ sign, what }): Fact => [sign, what]);
  return [...factsOf(about), ...(noticed === undefined ? [] : [["caller", noticed.caller] as const]), ...signs];
}

/** Every value of an object, also inside other objects and lists; what is empty is left out. */
export function factsOf(value: unknown, name = ""): Fact[] {
  if (value === undefined || value === null || value === "") return [];
  if (typeof value === "number" && TIME.test(name)) return [[name, momentAt(value)]];
  if (typeof value !== "object") return [[name, String(value)]];
  if (!Array.isArray(value))
    return Object.entries(value).flatMap(([key, each]) => factsOf(each, `${name} ${key.replaceAll("_", " ")}`.trim()));
  const isList = value.every((each) => typeof each !== "object");
  if (isList) return value.length === 0 ? [] : [[name, value.join(", ")]];
  return value.flatMap((each) => factsOf(each, name));
}

export function factItems(facts: readonly Fact[]): Html {
  return html`<ul class="facts">${facts.map(([name, value]) => html`<li><span>${name}</span> ${value}</li>`)}</ul>`;
}
