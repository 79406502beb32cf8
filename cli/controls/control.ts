/** A control of a published catalogue, what of Hopgate serves it, and which facts of a gateway show that. */
import type { EvidenceName } from "../../worker/admin/evidence.ts";

export interface Control {
  readonly id: string;
  readonly title: string;
  /** What Hopgate does for it, with links from docs/; what it leaves to others is said, too. */
  readonly does: string;
  /** Fields of the configuration, or commands, that set it. */
  readonly set: readonly string[];
  readonly evidence: readonly EvidenceName[];
}

export interface Catalogue {
  readonly name: string;
  readonly controls: readonly Control[];
}

export function control(
  id: string,
  title: string,
  does: string,
  set: readonly string[],
  evidence: readonly EvidenceName[],
): Control {
  return { id, title, does, set, evidence };
}
