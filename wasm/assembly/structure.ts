/** Structure of a hop: a compact JWS (RFC 7515, section 7.1) of two JSON objects, decoded and read. */
import { decodeBase64url } from "./base64url";
import { atHop } from "./failure";
import {
  CLAIMS_NODE, CLAIMS_START, HEADER_NODE, HEADER_START, hop, JWS_END, JWS_START, SIGNATURE_START, SIGNED_END,
} from "./hop";
import { kind, nextNode, OBJECT, parse, resetNodes } from "./json";
import { HOPS } from "./memory";
import { find } from "./scan";
import { BASE64URL_INVALID, JSON_NOT_OBJECT, JWS_MALFORMED, OK } from "./verdict";

/** The end of the decoded headers, claims and signatures, which follow the records of the hops. */
export let decodedEnd: usize = HOPS;

/** Forgets the decoded bytes and nodes of the chain before. */
export function startStructure(hops: u32): void {
  decodedEnd = hop(hops);
  resetNodes();
}

/** Set by `findSegments`: where the dots are. */
export let firstDot: usize = 0;
export let secondDot: usize = 0;

/** Whether these characters are three segments, none of them empty. */
export function findSegments(from: usize, end: usize): bool {
  firstDot = find(0x2e, from, end);
  secondDot = find(0x2e, firstDot + 1, end);
  if (secondDot >= end || find(0x2e, secondDot + 1, end) < end) return false;
  return firstDot > from && secondDot > firstDot + 1 && end > secondDot + 1;
}

/** Structure: three segments of canonical base64url, the first two JSON objects. */
export function readStructure(k: u32): u32 {
  atHop(k);
  const record = hop(k);
  const from: usize = load<u32>(record, JWS_START), end: usize = load<u32>(record, JWS_END);
  if (!findSegments(from, end)) return JWS_MALFORMED;
  store<u32>(record, <u32>secondDot, SIGNED_END);

  let verdict = decode(record, from, firstDot, HEADER_START);
  if (verdict == OK) verdict = decode(record, firstDot + 1, secondDot, CLAIMS_START);
  if (verdict == OK) verdict = decode(record, secondDot + 1, end, SIGNATURE_START);
  if (verdict == OK) verdict = parseObject(record, HEADER_START, HEADER_NODE);
  return verdict == OK ? parseObject(record, CLAIMS_START, CLAIMS_NODE) : verdict;
}

function decode(record: usize, from: usize, end: usize, field: usize): u32 {
  const bytes = decodeBase64url(decodedEnd, from, <u32>(end - from));
  if (bytes < 0) return BASE64URL_INVALID;
  store<u32>(record + field, <u32>decodedEnd);
  decodedEnd += bytes;
  store<u32>(record + field + 4, <u32>decodedEnd);
  return OK;
}

function parseObject(record: usize, field: usize, nodeField: usize): u32 {
  const node = nextNode();
  const from: usize = load<u32>(record + field);
  const verdict = parse(from, load<u32>(record + field + 4) - <u32>from);
  if (verdict != OK) return verdict;
  if (kind(node) != OBJECT) return JSON_NOT_OBJECT;
  store<u32>(record + nodeField, node);
  return OK;
}
