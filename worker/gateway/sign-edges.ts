/** How the stages watch for signs (docs/signs.md). */
import type { SignSettings } from "../config.ts";
import type { Sign } from "../signs/sign.ts";
import type { SeenStore, Watch } from "../signs/watch.ts";
import type { VerifiedChain } from "../types.ts";

/** The stores and limits of signs, if the configuration has `[signs]`. */
export interface SignEdges {
  readonly settings: SignSettings;
  readonly seen: SeenStore;
  readonly watch: Watch;
  /** Records signs and reports them. Never rejects. */
  notice(noticed: Noticed): void;
}

/** Signs of one request, as they are recorded and reported. */
export interface Noticed {
  readonly chain: VerifiedChain;
  /** Who they are about: `partyId` of the caller, or of who answers for it. */
  readonly caller: string;
  readonly signs: readonly Sign[];
}
