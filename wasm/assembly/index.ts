/** The exports of the core: addresses, and one function an operation. wasm/core.ts is the only caller. */
export { AUDIENCES, AUDIENCES_BYTES, CHAIN, CHAIN_BYTES, HOP_BYTES, HOPS, TRUST, TRUST_BYTES } from "./memory";
export { hopCount, verifyChain } from "./chain";
export { decodedEnd } from "./structure";
export { failedHop, failedMember } from "./failure";
export { DIGEST, PUBLIC_KEY, SIGNATURE, combine, finishDigest, settle, startDigest, startSignatures, useArithmetic } from "./ed25519";
export { admitKey } from "./keys";
export { holdProof, proofOutcome, verifyProof } from "./proof";
export { admitHop } from "./verified";
export { sha256Finish, sha256Start, sha256Update } from "./sha256";
export { sha512Finish, sha512Start, sha512Update } from "./sha512";
