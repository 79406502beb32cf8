/** The provenance headers, for upstreams that do not read JWTs (RFC 9651), signed if the route says so (RFC 9421). */
import {
  type BareItem,
  DisplayString,
  type InnerList,
  type Item,
  serializeItem,
  serializeList,
} from "structured-headers";
import type { Party } from "../chain/party.ts";
import type { Approver, NarrowedClaims } from "../claims.ts";
import { signMessage } from "../trust/message-signature.ts";
import type { Signer } from "../trust/signing.ts";
import type { Minted } from "../types.ts";

/** Headers that only the gateway sets; worker/http/headers.ts never lets an inbound one pass. */
const PROVENANCE_HEADERS = ["hop-subject", "hop-chain", "hop-txn", "hop-decision", "hop-approved-by"] as const;

/** Identity strings as structured fields: a String if they are ASCII, else a Display String. */
export function provenanceHeaders({ claims, decision }: Minted): [string, string][] {
  const { subject, actors } = decision.chain;
  return [
    ["hop-subject", serializeItem(party(subject))],
    ["hop-chain", serializeList(actors.map((actor) => party(actor, ["proof", actor.proof])))],
    ["hop-txn", serializeItem([text(claims.txn), new Map()])],
    ["hop-decision", serializeItem([claims.decision, new Map()])],
    ["hop-approved-by", serializeList([approvers(claims)])],
  ];
}

/**
 * Always one inner list, empty without approvers: the header is always present, so it replaces one that a proxy's
 * caller has sent. Break-glass is its parameter.
 */
function approvers({ approved_by: all = [], emergency }: NarrowedClaims): InnerList {
  const parameters = new Map(emergency === undefined ? [] : ([["emergency", text(emergency)]] as const));
  return [all.map(approver), parameters];
}

function approver({ iss, sub, group, time, by }: Approver): Item {
  const parameters = new Map<string, BareItem>([
    ["iss", text(iss)],
    ["group", text(group)],
    ["time", new Date(time * 1000)],
    ...(by === undefined ? [] : ([["by", by]] as const)),
  ]);
  return [text(sub), parameters];
}

/** The name, with its authority as a parameter. */
function party({ iss, sub }: Party, ...more: [string, string][]): Item {
  return [text(sub), new Map<string, string | DisplayString>([["iss", text(iss)], ...more])];
}

function text(value: string): string | DisplayString {
  return /^[\x20-\x7e]*$/.test(value) ? value : new DisplayString(value);
}

/**
 * Signs method, target, token, provenance and body of the finished request, so that no part can be combined with
 * another request's. The decision id makes each signature unique, so an upstream can detect a replay.
 */
export function signProvenance(
  request: Request,
  { claims }: Pick<Minted, "claims">,
  signer: Signer,
  created: number,
): Promise<Headers> {
  const components = ["@method", "@target-uri", "authorization", ...PROVENANCE_HEADERS, "content-digest"];
  return signMessage(request, components, { tag: "hopgate-provenance", created, nonce: claims.decision }, signer);
}
