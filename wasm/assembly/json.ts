/**
 * A strict JSON reader (RFC 8259) for JOSE headers and claims. It builds a flat list of nodes in static memory:
 *
 *   offset 0  kind
 *   offset 4  start of the text: a string's content, a number's literal, else the value's first byte
 *   offset 8  end of the text
 *   offset 12 the node that follows this value and all within it
 *
 * An object's members are a name (a string node) followed by its value. Strings with escapes are unescaped once,
 * so that strings are equal exactly when their bytes are.
 *
 * Stricter than the grammar, because two readers must never see two tokens: bytes are valid UTF-8 (RFC 3629),
 * names are unique in their object (RFC 7515, section 4; RFC 7519, section 4), surrogates are paired, U+0000 is
 * refused, and depth, members and nodes are limited.
 */
import { afterString, readString, resetStrings, textEnd, textStart } from "./json-string";
import { MAX_NODES, NODES } from "./memory";
import { JSON_DEPTH, JSON_DUPLICATE_NAME, JSON_SIZE, JSON_SYNTAX, OK } from "./verdict";

export const NULL: u32 = 0;
export const FALSE: u32 = 1;
export const TRUE: u32 = 2;
export const NUMBER: u32 = 3;
export const STRING: u32 = 4;
export const ARRAY: u32 = 5;
export const OBJECT: u32 = 6;

/** Deep enough for RFC 9396 details and nested `act`; recursion here is bounded by it. */
const MAX_DEPTH: u32 = 16;
/** Names are compared pairwise; 64 keep the worst chain of 64 KiB under a millisecond. */
const MAX_MEMBERS: u32 = 64;

const NODE_SHIFT: u32 = 4;

let at: usize = 0;
let end: usize = 0;
let count: u32 = 0;

/** Forgets all nodes. */
export function resetNodes(): void {
  // Node 0 is never a value, so 0 can mean "absent".
  count = 1;
  resetStrings();
}

/** The index of the next parsed value. */
export function nextNode(): u32 {
  return count;
}

// @ts-ignore: decorator
@inline
function field(node: u32, offset: usize): usize {
  return NODES + (<usize>node << NODE_SHIFT) + offset;
}

export function kind(node: u32): u32 {
  return load<u32>(field(node, 0));
}
export function start(node: u32): usize {
  return load<u32>(field(node, 4));
}
export function length(node: u32): u32 {
  return load<u32>(field(node, 8)) - load<u32>(field(node, 4));
}
/** The node after this value and all within it. */
export function after(node: u32): u32 {
  return load<u32>(field(node, 12));
}

/** Parses exactly one value from all of `size` bytes; its node is what `nextNode` was. Returns a verdict. */
export function parse(from: usize, size: u32): u32 {
  at = from;
  end = from + size;
  skipSpace();
  const verdict = parseValue(0);
  if (verdict != OK) return verdict;
  skipSpace();
  return at == end ? OK : JSON_SYNTAX;
}

/** Outside strings every byte that is not ASCII is refused by the grammar. */
// @ts-ignore: decorator
@inline
function peek(): u32 {
  return at < end ? load<u8>(at) : 0;
}

function skipSpace(): void {
  for (; at < end; at++) {
    const c = load<u8>(at);
    if (c != 0x20 && c != 0x0a && c != 0x0d && c != 0x09) return;
  }
}

function open(newKind: u32): u32 {
  if (count >= MAX_NODES) return 0;
  const node = count++;
  store<u32>(field(node, 0), newKind);
  store<u32>(field(node, 4), <u32>at);
  return node;
}

function close(node: u32): void {
  store<u32>(field(node, 8), <u32>at);
  store<u32>(field(node, 12), count);
}

function parseValue(depth: u32): u32 {
  const c = peek();
  if (c == 0x22) return parseString();
  if (c == 0x7b) return depth == MAX_DEPTH ? JSON_DEPTH : parseObject(depth + 1);
  if (c == 0x5b) return depth == MAX_DEPTH ? JSON_DEPTH : parseArray(depth + 1);
  if (c == 0x2d || (c >= 0x30 && c <= 0x39)) return parseNumber();
  if (c == 0x74) return parseWord(TRUE, "true");
  if (c == 0x66) return parseWord(FALSE, "false");
  if (c == 0x6e) return parseWord(NULL, "null");
  return JSON_SYNTAX;
}

function parseWord(wordKind: u32, word: string): u32 {
  const node = open(wordKind);
  if (node == 0) return JSON_SIZE;
  if (end - at < <usize>word.length) return JSON_SYNTAX;
  for (let i = 0; i < word.length; i++) {
    if (<i32>load<u8>(at++) != word.charCodeAt(i)) return JSON_SYNTAX;
  }
  close(node);
  return OK;
}

function digits(): bool {
  const first = at;
  while (peek() >= 0x30 && peek() <= 0x39) at++;
  return at > first;
}

function parseNumber(): u32 {
  const node = open(NUMBER);
  if (node == 0) return JSON_SIZE;
  if (peek() == 0x2d) at++;
  if (peek() == 0x30) at++;
  else if (!digits()) return JSON_SYNTAX;
  if (peek() == 0x2e) {
    at++;
    if (!digits()) return JSON_SYNTAX;
  }
  if ((peek() | 0x20) == 0x65) {
    at++;
    if (peek() == 0x2b || peek() == 0x2d) at++;
    if (!digits()) return JSON_SYNTAX;
  }
  close(node);
  return OK;
}

function parseArray(depth: u32): u32 {
  const node = open(ARRAY);
  if (node == 0) return JSON_SIZE;
  at++;
  skipSpace();
  if (peek() == 0x5d) {
    at++;
    close(node);
    return OK;
  }
  while (true) {
    skipSpace();
    const verdict = parseValue(depth);
    if (verdict != OK) return verdict;
    skipSpace();
    const c = peek();
    at++;
    if (c == 0x5d) break;
    if (c != 0x2c) return JSON_SYNTAX;
  }
  close(node);
  return OK;
}

function parseObject(depth: u32): u32 {
  const node = open(OBJECT);
  if (node == 0) return JSON_SIZE;
  at++;
  skipSpace();
  if (peek() == 0x7d) {
    at++;
    close(node);
    return OK;
  }
  for (let members: u32 = 0; ; members++) {
    if (members == MAX_MEMBERS) return JSON_SIZE;
    skipSpace();
    if (peek() != 0x22) return JSON_SYNTAX;
    const name = count;
    let verdict = parseString();
    if (verdict != OK) return verdict;
    for (let other = node + 1; other < name; other = after(other + 1)) {
      if (sameText(other, name)) return JSON_DUPLICATE_NAME;
    }
    skipSpace();
    if (peek() != 0x3a) return JSON_SYNTAX;
    at++;
    skipSpace();
    verdict = parseValue(depth);
    if (verdict != OK) return verdict;
    skipSpace();
    const c = peek();
    at++;
    if (c == 0x7d) break;
    if (c != 0x2c) return JSON_SYNTAX;
  }
  close(node);
  return OK;
}

/** A string: its node spans the content, without quotes, unescaped where it held escapes. */
function parseString(): u32 {
  const node = open(STRING);
  if (node == 0) return JSON_SIZE;
  const verdict = readString(at, end);
  if (verdict != OK) return verdict;
  at = afterString;
  store<u32>(field(node, 4), <u32>textStart);
  store<u32>(field(node, 8), <u32>textEnd);
  store<u32>(field(node, 12), count);
  return OK;
}

/** Whether two string or number nodes hold the same bytes. */
export function sameText(a: u32, b: u32): bool {
  const size = length(a);
  return size == length(b) && memory.compare(start(a), start(b), size) == 0;
}

/** Whether a string node holds this ASCII text. */
export function textIs(node: u32, text: string): bool {
  if (length(node) != <u32>text.length) return false;
  const from = start(node);
  for (let i = 0; i < text.length; i++) {
    if (<i32>load<u8>(from + i) != text.charCodeAt(i)) return false;
  }
  return true;
}

/** The first eight bytes of a text as a little-endian word; a text that is shorter holds no U+0000, so it is its word. */
export function wordOf(node: u32): u64 {
  const size = length(node);
  return load<u64>(start(node)) & (size < 8 ? (<u64>1 << (<u64>size << 3)) - 1 : u64.MAX_VALUE);
}

/** The value of the member of this name, or 0. */
export function member(object: u32, name: string): u32 {
  for (let node = object + 1; node < after(object); node = after(node + 1)) {
    if (textIs(node, name)) return node + 1;
  }
  return 0;
}

/** Number of elements of an array node. */
export function elements(array: u32): u32 {
  let n: u32 = 0;
  for (let node = array + 1; node < after(array); node = after(node)) n++;
  return n;
}

/**
 * Deep equality: objects whatever the order of their members, strings by content, numbers by their literal.
 * That is narrower than equality of numbers (1.0 is not 1), and sound: it can only refuse.
 */
export function deepEqual(a: u32, b: u32): bool {
  const k = kind(a);
  if (k != kind(b)) return false;
  if (k == STRING || k == NUMBER) return sameText(a, b);
  if (k == ARRAY) {
    let x = a + 1, y = b + 1;
    for (; x < after(a) && y < after(b); x = after(x), y = after(y)) {
      if (!deepEqual(x, y)) return false;
    }
    return x == after(a) && y == after(b);
  }
  if (k != OBJECT) return true;
  let left: i32 = 0, right: i32 = 0;
  for (let y = b + 1; y < after(b); y = after(y + 1)) right++;
  for (let x = a + 1; x < after(a); x = after(x + 1)) {
    left++;
    let found = false;
    for (let y = b + 1; y < after(b); y = after(y + 1)) {
      if (sameText(x, y)) {
        found = deepEqual(x + 1, y + 1);
        break;
      }
    }
    if (!found) return false;
  }
  return left == right; // names are unique, so equal counts leave no member of b unmatched
}

const NO_INTEGER: i64 = i64.MIN_VALUE;

/**
 * A number node as an integer of at most 2^53 - 1 in magnitude, written without fraction or exponent; else NO_INTEGER,
 * which is below all of them. `-0` is none: other readers keep its sign.
 */
export function integer(node: u32): i64 {
  let from = start(node), size = length(node), value: i64 = 0;
  if (kind(node) != NUMBER) return NO_INTEGER;
  const negative = load<u8>(from) == 0x2d;
  if (negative) {
    from++;
    size--;
  }
  if (size > 16) return NO_INTEGER;
  for (let i: u32 = 0; i < size; i++) {
    const digit = <i64>load<u8>(from + i) - 0x30;
    if (digit < 0 || digit > 9) return NO_INTEGER;
    value = value * 10 + digit;
  }
  if (value > 9007199254740991) return NO_INTEGER;
  if (!negative) return value;
  return value == 0 ? NO_INTEGER : -value;
}
