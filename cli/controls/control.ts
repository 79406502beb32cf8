/** A control of a published catalogue, what Hopgate does for it, and the facts of a gateway that show it. */
import type { EvidenceName } from "../../worker/admin/evidence.ts";

export interface Control {
  readonly id: string;
  readonly title: string;
  /** What Hopgate does for it, with links from docs/, and what it leaves to others. */
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
