/** Every catalogue: docs/controls.md is printed from them, and `hopgate report --controls` prints the evidence. */
import { AGENTS } from "./agents.ts";
import type { Catalogue } from "./control.ts";
import { FAMILIES } from "./families.ts";
import { IDENTITIES } from "./identities.ts";
import { ZERO_TRUST } from "./zero-trust.ts";

export const CATALOGUES: readonly Catalogue[] = [IDENTITIES, AGENTS, ZERO_TRUST, FAMILIES];
