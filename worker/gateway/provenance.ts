/** The provenance headers: for upstreams that read no JWT (RFC 9651), signed where the route asks for it (RFC 9421). */
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

/** Headers that only the gateway sets: no list of worker/http/headers.ts lets an inbound one pass. */
const PROVENANCE_HEADERS = ["hop-subject", "hop-chain", "hop-txn", "hop-decision", "hop-approved-by"] as const;

/** Identity strings as structured fields: a String where they are ASCII, a Display String where they are not. */
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
 * Always one inner list, which is empty where nobody was asked: so that the header is always there, and replaces what a caller of a
 * proxy wrote under its name. Break-glass is its parameter.
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

/** The name, with who answers for it as a parameter. */
function party({ iss, sub }: Party, ...more: [string, string][]): Item {
  return [text(sub), new Map<string, string | DisplayString>([["iss", text(iss)], ...more])];
}

function text(value: string): string | DisplayString {
  return /^[\x20-\x7e]*$/.test(value) ? value : new DisplayString(value);
}

/**
 * Signs method, target, token, provenance and body of a request that is otherwise final: none of them can stand with
 * another's. The decision makes each signature one of a kind, so an upstream can tell a request that comes again.
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
