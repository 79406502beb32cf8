/**
 * Signs of a request (docs/signs.md): for policies that read `context.signs`, and reported after the request was
 * admitted. If no policy reads them, no store is asked before the answer.
 */
import { answerableOf } from "../chain/actors.ts";
import { partyId } from "../chain/party.ts";
import type { SignSettings } from "../config.ts";
import { HopError } from "../errors.ts";
import { logFailure } from "../log.ts";
import { type Facts, factsOf } from "../signs/fact.ts";
import { burstText, type Known, signsOf } from "../signs/sign.ts";
import type { VerifiedChain } from "../types.ts";
import { isShowingDenial } from "./denials.ts";
import type { Gateway } from "./gateway.ts";

export interface RequestSigns {
  /** Puts `signs` into a context, and tracks whether a policy reads them. */
  into(context: Record<string, unknown>): void;
  /**
   * Asks the store if a policy has read something that is not known here.
   *
   * @returns whether it was asked: then the policies must decide again
   * @throws HopError `signs_unavailable`
   */
  refresh(): Promise<boolean>;
}

type Watching = Pick<Gateway, "signs" | "core" | "now">;

export function createRequestSigns(chain: VerifiedChain, { signs: edges, core, now }: Watching): RequestSigns {
  if (edges === undefined) return { into: () => undefined, refresh: async () => false };
  const { settings, seen, watch } = edges;
  let facts: Facts | undefined;
  let known: Known | undefined;
  const namesNow = (): string[] => {
    facts ??= factsIn(chain, settings, core.sha256);
    known ??= watch.known(facts, now());
    const signs = known === undefined ? [] : signsOf(facts, known, settings, now());
    return [...new Set(signs.map(({ sign }) => sign))];
  };
  return {
    into(context) {
      // Signs that nothing reads are not computed, and are in no record.
      const get = (): readonly string[] => {
        const value = namesNow();
        Object.defineProperty(context, "signs", { enumerable: true, value });
        return value;
      };
      Object.defineProperty(context, "signs", { configurable: true, get });
    },
    async refresh() {
      if (facts === undefined || known !== undefined) return false;
      known = await seen.look(facts.caller, digestsOf(facts)).catch((cause: unknown) => {
        throw new HopError("signs_unavailable", { evidence: { chain }, cause });
      });
      watch.told(facts, known, now());
      return true;
    },
  };
}

type Noticing = Pick<Gateway, "signs" | "core" | "afterwards" | "now">;

/** A request was admitted: its facts are remembered, and new ones are reported. After the answer. */
export function noticeAdmitted(chain: VerifiedChain, { signs: edges, core, afterwards, now }: Noticing): void {
  if (edges === undefined) return;
  const { settings, seen, watch, notice } = edges;
  const facts = factsIn(chain, settings, core.sha256);
  if (!watch.isNews(facts, now())) return;
  const telling = async (): Promise<void> => {
    const before = await seen.see(facts.caller, digestsOf(facts), facts.depth);
    watch.saw(facts, now());
    // A burst is reported when it begins.
    const signs = signsOf(facts, { ...before, burst: 0 }, settings, now());
    if (signs.length > 0) notice({ chain, caller: facts.caller, signs });
  };
  afterwards(telling().catch((cause: unknown) => logFailure("signs_lost", { decision: chain.presentation.id }, cause)));
}

/** A verified request was denied, and its denial is on record. */
export function noticeDenied(
  { rule, evidence: { chain } }: HopError,
  { signs: edges, afterwards, now }: Noticing,
): void {
  if (edges === undefined || chain?.proof === undefined || !isShowingDenial(rule)) return;
  const { settings, seen, watch, notice } = edges;
  const caller = partyId(answerableOf(chain.actors));
  const telling = async (): Promise<void> => {
    if (!(await seen.deny(caller))) return;
    watch.burst(caller, now());
    const isQuiet = now() < (settings.quiet_until ?? 0);
    if (!isQuiet) notice({ chain, caller, signs: [{ sign: "denials", what: burstText(settings) }] });
  };
  afterwards(telling().catch((cause: unknown) => logFailure("signs_lost", { decision: chain.presentation.id }, cause)));
}

function digestsOf({ facts }: Facts): string[] {
  return facts.map(({ digest }) => digest);
}

function factsIn(chain: VerifiedChain, settings: SignSettings, sha256: (bytes: Uint8Array) => Uint8Array): Facts {
  const { request, route } = chain.presentation;
  return factsOf(chain, { route: route.id, country: countryOf(request, settings) }, sha256);
}

/** ISO 3166-1, as Cloudflare states it; `T1` is the Tor network. Anything else counts as unknown. */
function countryOf(request: Request, { country_header: header }: SignSettings): string | undefined {
  const said =
    header === undefined ? (request as { cf?: { country?: unknown } }).cf?.country : request.headers.get(header);
  return typeof said === "string" && /^[A-Z][A-Z0-9]$/.test(said) ? said : undefined;
}
