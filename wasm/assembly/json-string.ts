/** Strings of the JSON reader: UTF-8 is checked, escapes are undone once, into STRINGS. */
import { STRINGS } from "./memory";
import { findSpecial } from "./scan";
import { JSON_SYNTAX, JSON_UTF8, OK } from "./verdict";

/** The last string that was read: its content, and the position after its closing quote. */
export let textStart: usize = 0;
export let textEnd: usize = 0;
export let afterString: usize = 0;

let at: usize = 0;
let end: usize = 0;
/**
 * 96 KiB are enough: of a chain of 64 KiB, headers and claims decode to 48 KiB at most, identity tokens within them to
 * 36 KiB, and no text grows.
 */
let strings: usize = STRINGS;

/** Forgets all strings that were unescaped. */
export function resetStrings(): void {
  strings = STRINGS;
}

/** Reads the string whose opening quote is at `from`. Returns a verdict. */
export function readString(from: usize, to: usize): u32 {
  at = from + 1;
  end = to;
  const first = at;
  while (true) {
    at = findSpecial(at, end);
    if (at >= end) return JSON_SYNTAX;
    const c = load<u8>(at);
    if (c == 0x22) return finish(first, at);
    if (c == 0x5c) return unescape(first);
    if (c < 0x20) return JSON_SYNTAX;
    const size = utf8Length();
    if (size == 0) return JSON_UTF8;
    at += size;
  }
}

function finish(first: usize, last: usize): u32 {
  textStart = first;
  textEnd = last;
  afterString = at + 1;
  return OK;
}

/** Continues a string from its first escape, into STRINGS; the result is never longer than the escaped text. */
function unescape(first: usize): u32 {
  const begin = strings;
  memory.copy(strings, first, at - first);
  strings += at - first;
  while (true) {
    if (at >= end) return JSON_SYNTAX;
    const c = load<u8>(at);
    if (c == 0x22) break;
    if (c < 0x20) return JSON_SYNTAX;
    if (c == 0x5c) {
      const verdict = unescapeOne();
      if (verdict != OK) return verdict;
      continue;
    }
    const size = utf8Length();
    if (size == 0) return JSON_UTF8;
    memory.copy(strings, at, size);
    strings += size;
    at += size;
  }
  return finish(begin, strings);
}

function unescapeOne(): u32 {
  if (end - at < 2) return JSON_SYNTAX;
  const c = <u32>load<u8>(at, 1);
  at += 2;
  if (c == 0x75) return unescapeUnicode();
  const plain: u32 = c == 0x22 || c == 0x5c || c == 0x2f ? c
    : c == 0x62 ? 0x08 : c == 0x66 ? 0x0c : c == 0x6e ? 0x0a : c == 0x72 ? 0x0d : c == 0x74 ? 0x09 : 0;
  if (plain == 0) return JSON_SYNTAX;
  store<u8>(strings++, plain);
  return OK;
}

function unescapeUnicode(): u32 {
  let point = hex4();
  if (point <= 0) return JSON_SYNTAX; // U+0000 too: C readers further on would cut the string there
  if (point >= 0xdc00 && point < 0xe000) return JSON_SYNTAX;
  if (point >= 0xd800 && point < 0xdc00) {
    if (end - at < 6 || load<u16>(at) != 0x755c) return JSON_SYNTAX; // "\u"
    at += 2;
    const low = hex4();
    if (low < 0xdc00 || low >= 0xe000) return JSON_SYNTAX;
    point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
  }
  if (point < 0x80) {
    store<u8>(strings++, point);
  } else if (point < 0x800) {
    store<u8>(strings++, 0xc0 | (point >> 6));
    store<u8>(strings++, 0x80 | (point & 63));
  } else {
    if (point < 0x10000) {
      store<u8>(strings++, 0xe0 | (point >> 12));
    } else {
      store<u8>(strings++, 0xf0 | (point >> 18));
      store<u8>(strings++, 0x80 | ((point >> 12) & 63));
    }
    store<u8>(strings++, 0x80 | ((point >> 6) & 63));
    store<u8>(strings++, 0x80 | (point & 63));
  }
  return OK;
}

function hex4(): i32 {
  if (end - at < 4) return -1;
  let value: i32 = 0;
  for (let i = 0; i < 4; i++) {
    const c = <i32>load<u8>(at++), letter = c | 0x20;
    if (c >= 0x30 && c <= 0x39) value = (value << 4) | (c - 0x30);
    else if (letter >= 0x61 && letter <= 0x66) value = (value << 4) | (letter - 0x57);
    else return -1;
  }
  return value;
}

/** Bytes of the well-formed UTF-8 sequence at `at` (RFC 3629, section 4), or 0. */
function utf8Length(): usize {
  const a = load<u8>(at);
  if (a < 0x80) return 1;
  const left = end - at;
  if (a < 0xc2 || left < 2) return 0;
  const b = load<u8>(at, 1);
  if (a < 0xe0) return isTail(b) ? 2 : 0;
  if (left < 3 || !isTail(b) || !isTail(load<u8>(at, 2))) return 0;
  if (a < 0xf0) return (a == 0xe0 && b < 0xa0) || (a == 0xed && b >= 0xa0) ? 0 : 3;
  if (a > 0xf4 || left < 4 || !isTail(load<u8>(at, 3))) return 0;
  return (a == 0xf0 && b < 0x90) || (a == 0xf4 && b >= 0x90) ? 0 : 4;
}

// @ts-ignore: decorator
@inline
function isTail(byte: u8): bool {
  return (byte & 0xc0) == 0x80;
}
