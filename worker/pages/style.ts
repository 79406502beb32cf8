/** The look of the pages. Light and dark follow the reader's system; colours keep a contrast of 4.5 (WCAG 2.2, 1.4.3). */
export const STYLE = `:root {
  --paper: #fbfbf9; --card: #fff; --ink: #1c2024; --faint: #5b636b; --line: #d5d9de;
  --accent: #17568f; --good: #14683a; --bad: #a8231f; --warn: #875400;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --card: #1d2125; --ink: #e7eaed; --faint: #a2abb4; --line: #3a4148;
    --accent: #84bdf3; --good: #6fd394; --bad: #ff938c; --warn: #efbc5a;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; padding: .6rem 1.5rem; background: var(--card); border-bottom: 1px solid var(--line); }
nav ul { display: flex; flex-wrap: wrap; gap: 1.2rem; list-style: none; margin: 0; padding: 0; }
nav a { text-decoration: none; padding: .2rem 0; }
nav a[aria-current] { color: var(--ink); border-bottom: 2px solid var(--accent); }
.who { margin-left: auto; color: var(--faint); }
main { padding: 1rem 1.5rem 3rem; max-width: 100rem; }
h1 { font-size: 1.5rem; margin: .3rem 0 1rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .3rem .6rem; }
code, pre { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
code.rule { overflow-wrap: normal; }
.scroll { overflow-x: auto; margin: 0; }
table { border-collapse: collapse; width: 100%; background: var(--card); }
caption { text-align: left; color: var(--faint); padding: .3rem 0; }
td, th[scope="row"] { min-width: 5rem; overflow-wrap: anywhere; }
td:has(code) { min-width: 10rem; }
td:has(.rule) { min-width: 7rem; }
th, td { text-align: left; vertical-align: top; padding: .45rem .7rem; border-bottom: 1px solid var(--line); }
thead th { color: var(--faint); font-weight: 600; font-size: .85rem; }
tr:target { background: color-mix(in srgb, var(--accent) 15%, var(--card)); }
time, .small, small { font-size: .85em; }
time { white-space: nowrap; }
ul.facts { list-style: none; margin: .2rem 0 0; padding: 0; overflow-wrap: anywhere; }
ul.facts span { color: var(--faint); }
.mark { white-space: nowrap; font-weight: 600; }
.allowed, .approved { color: var(--good); }
.denied, .rejected, .failed, .emergency { color: var(--bad); }
.pending, .warning { color: var(--warn); }
.withheld { text-decoration: line-through; color: var(--faint); }
form.search, form.act { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: end; margin: 0 0 1rem; }
form.act { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; align-items: center; }
form.act p { flex-basis: 100%; margin: 0; color: var(--faint); }
fieldset { flex-basis: 100%; border: 1px solid var(--line); border-radius: 6px; }
legend { color: var(--faint); font-size: .85rem; }
details.act { background: var(--card); border: 1px solid var(--line); border-radius: 8px; margin: 0 0 .5rem; padding: .6rem 1rem; }
summary { cursor: pointer; font-weight: 600; }
.field { display: flex; flex-direction: column; gap: .15rem; max-width: 40rem; margin: 0 0 .8rem; }
.field small { color: var(--faint); }
.problem { color: var(--bad); font-weight: 600; overflow-wrap: anywhere; }
label { display: flex; flex-direction: column; gap: .15rem; color: var(--faint); font-size: .85rem; }
label.check { flex-direction: row; align-items: center; padding-bottom: .4rem; }
input, select, button, .button { font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--faint); border-radius: 6px; padding: .3rem .6rem; }
input, select { max-width: 100%; }
input[type="search"] { min-width: 20rem; }
button, .button { cursor: pointer; border-color: var(--accent); color: var(--accent); text-decoration: none; }
button.danger { border-color: var(--bad); color: var(--bad); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.2rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 1rem; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
ol.chain { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem .8rem 2.4rem; overflow-wrap: anywhere; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 1rem; overflow-x: auto; }
.none { color: var(--faint); }
.narrow { display: none; }
figcaption { color: var(--faint); font-size: .9rem; }
.graph rect { fill: var(--card); stroke: var(--line); }
.graph .subject rect { stroke: var(--accent); stroke-width: 2; }
.graph text { fill: var(--ink); }
.graph .name { font-weight: 600; font-size: 13px; }
.graph .small { font-size: 12px; }
.graph .kept { fill: var(--faint); }
.graph .withheld { fill: var(--bad); text-decoration: line-through; }
.graph .allowed { fill: var(--good); }
.graph .denied, .graph .failed { fill: var(--bad); }
.graph .edge { fill: none; stroke: var(--faint); stroke-width: 1.5; }
.graph .tip { fill: var(--faint); }
@media (max-width: 60rem) {
  header, main { padding-inline: 1rem; }
  .who { margin-left: 0; }
  input[type="search"] { min-width: 0; width: 100%; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dd { margin: 0 0 .6rem; }
  table, caption, tbody, tr, td, th[scope="row"] { display: block; }
  table { background: none; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody tr { background: var(--card); border: 1px solid var(--line); border-radius: 8px; margin: 0 0 .7rem; padding: .4rem .2rem; }
  td:empty { display: none; }
  td, th[scope="row"] { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); gap: .6rem; min-width: 0; border: 0; padding: .2rem .7rem; }
  td > div, th > div { min-width: 0; overflow-wrap: anywhere; }
  [data-label=""]::before { display: none; }
  [data-label=""] > div { grid-column: 1 / -1; }
  .graph { display: none; }
  .narrow { display: block; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .3rem .8rem; overflow-wrap: anywhere; }
  .narrow ul { padding-left: .9rem; }
  td::before, th[scope="row"]::before { content: attr(data-label); content: attr(data-label) / ""; color: var(--faint); font-weight: 400; font-size: .85rem; }
}
`;

/** Three hops, each narrower. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><g fill="#3b82c4"><rect x="1" y="2" width="14" height="3" rx="1.5"/><rect x="3" y="6.5" width="10" height="3" rx="1.5"/><rect x="5" y="11" width="6" height="3" rx="1.5"/></g></svg>`;
