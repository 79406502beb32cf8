/** The frame of every page for people, and parts that several pages use. */
import { html } from "hono/html";

/** Escaped HTML. */
export type Html = ReturnType<typeof html>;

export interface Frame {
  readonly title: string;
  /** Shown next to the gateway's name: a menu, the person who has signed in. */
  readonly top?: Html | string;
  /** Path of a script of the gateway's own. */
  readonly script?: string;
}

export function documentOf({ title, top = "", script }: Frame, body: Html | Html[]): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} - Hopgate</title>
<link rel="icon" href="/console/icon.svg">
<link rel="stylesheet" href="/console/style.css">
${script === undefined ? "" : html`<script src="${script}" defer></script>`}
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header>
<strong>Hopgate</strong>
${top}
</header>
<main id="main">
<h1>${title}</h1>
${body}
</main>
</body>
</html>`;
}

/** Facts by their names. */
export function factList(facts: readonly (readonly [string, Html | string])[]): Html {
  return html`<dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

/** A moment, exact to the second. */
export function moment(iso: string): Html {
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace("T", " ")}</time>`;
}

/** @param seconds since the epoch */
export function momentAt(seconds: number): Html {
  return moment(new Date(seconds * 1000).toISOString());
}
