/** `npm run example -- agents | domains`: builds what is needed and tells the story. */
import { buildCore, buildWorker } from "../local/build.ts";
import { agents } from "./agents.ts";
import { twoDomains } from "./two-domains.ts";

const STORIES = { agents, domains: twoDomains };
const name = process.argv[2] ?? "";
const story = Object.hasOwn(STORIES, name) ? STORIES[name as keyof typeof STORIES] : undefined;
if (story === undefined) {
  console.error(`usage: npm run example -- ${Object.keys(STORIES).join(" | ")}`);
  process.exit(2);
}
console.log("building the core and the Worker ...");
await buildCore();
await buildWorker("config/local.toml");
await story((line) => console.log(line));
process.exit(0);
