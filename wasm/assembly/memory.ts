/**
 * The layout of the core's whole memory. Everything is static: nothing is allocated after instantiation, so no input
 * can make the memory grow. `asc --memoryBase` puts the compiler's own constants at 512 KiB.
 *
 *   address   bytes     what                                                         written by
 *   0x000400    4 KiB   scratch of the integer arithmetic                            field, point
 *   0x001400    1 KiB   scratch of the fused arithmetic                              point-fused
 *   0x001800    4 KiB   points of one verification                                   tables, ed25519
 *   0x002800  4.5 KiB   points that wait for their inversion                         ed25519
 *   0x003A00   192      numbers of an inversion                                      inversion
 *   0x003B00   400      powers of a square root                                      root
 *   0x003D00   160      the proof that comes with a chain: key, signature, digest    proof
 *   0x004400    8 KiB   scratch of the hashes: state, block, schedule                sha256, sha512
 *   0x006400    4 KiB   arguments and results of single operations                   host, ed25519
 *   0x008000    8 KiB   audiences that the last hop may name                         host
 *   0x010000   64 KiB   the chain as it was sent (or the next chunk to hash)         host
 *   0x020000   64 KiB   hop records, 512 bytes each; then what the hops decode to    chain, claims, base64url
 *   0x030000   64 KiB   what the identity tokens of delegates decode to               wit
 *   0x040000  128 KiB   JSON nodes, 8192 x 16 bytes                                  json
 *   0x060000  128 KiB   trust anchors: issuers and their keys                        host
 *   0x080000   64 KiB   the compiler's constants
 *   0x0A0000   11 KiB   keys that have tables, and candidates                        keys
 *   0x0A4000   96 KiB   strings that hold escapes, unescaped                         json
 *   0x0C0000   80 KiB   hops that were verified                                      verified
 *   0x100000  640 KiB   table of the base point                                      tables
 *   0x1A0000  6.8 MiB   tables of 32 public keys, 215 KiB each                       keys
 */
export const ARITHMETIC: usize = 0x400;
export const FUSED: usize = 0x1400;
export const GROUP: usize = 0x1800;
export const NEGATED: usize = 0x2700;
export const WAITING: usize = 0x2800;
export const INVERSION: usize = 0x3a00;
export const POWERS: usize = 0x3b00;
export const PROOF: usize = 0x3d00;
export const HASHES: usize = 0x4400;
export const ARGUMENTS: usize = 0x6400;
export const AUDIENCES: usize = 0x8000;
export const CHAIN: usize = 0x10000;
export const HOPS: usize = 0x20000;
export const WITS: usize = 0x30000;
export const NODES: usize = 0x40000;
export const TRUST: usize = 0x60000;
export const KEY_DIRECTORY: usize = 0xa0000;
export const CANDIDATES: usize = 0xa0800;
export const STRINGS: usize = 0xa4000;
export const VERIFIED: usize = 0xc0000;
export const BASE_TABLE: usize = 0x100000;
export const KEY_TABLES: usize = 0x1a0000;

export const CHAIN_BYTES: u32 = 0x10000;
export const AUDIENCES_BYTES: u32 = 0x2000;
export const TRUST_BYTES: u32 = 0x20000;
export const HOP_BYTES: u32 = 0x200;
export const MAX_HOPS: u32 = 16;
/** Signatures that wait at once: those of all hops, and a proof's. */
export const MAX_WAITING: u32 = MAX_HOPS + 1;
export const MAX_NODES: u32 = 8192;
