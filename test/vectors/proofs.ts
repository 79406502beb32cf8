/** Proofs of possession that come with a chain: signatures by its last hop's key, and what only looks like one. */
import { encode, keyNamed, leafKey, signBytes } from "./craft.ts";

export interface ProofVector {
  readonly name: string;
  readonly about: string;
  /** A file of `chains/`. */
  readonly chain: string;
  /** The Ed25519 key that the proof names itself, base64url. */
  readonly key: string;
  readonly signed: string;
  /** base64url. */
  readonly signature: string;
  readonly possession: "proven" | "other_key" | "signature_invalid";
}

const SIGNED = `${encode({ alg: "EdDSA", typ: "dpop+jwt" })}.${encode({ jti: "proof-1" })}`;
/** Order of the base point (RFC 8032, section 5.1). */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const ORDER_8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05";

type Change = Partial<Omit<ProofVector, "signature">> & { signer?: string; edit?: (signature: Buffer) => Buffer };

async function proof(name: string, about: string, possession: ProofVector["possession"], change: Change = {}) {
  const { signer = "service", edit = (signature) => signature, ...rest } = change;
  const signerKey = await keyNamed(signer);
  const signed = rest.signed ?? SIGNED;
  const signature = edit(signBytes(SIGNED, signerKey)).toString("base64url");
  return { name, about, chain: "good-three-hops", key: signerKey.x, signed, signature, possession, ...rest };
}

/** The same signature to a verifier that does not check the range of S. */
function addOrder(signature: Buffer): Buffer {
  const S = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString("hex")}`) + L;
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(S.toString(16).padStart(64, "0"), "hex").reverse()]);
}

function flip(at: number): (signature: Buffer) => Buffer {
  return (signature) => signature.map((byte, i) => (i === at ? byte ^ 1 : byte)) as Buffer;
}

export async function makeProofs(): Promise<ProofVector[]> {
  const service = (await keyNamed("service")).x;
  const { x: sixteenth } = await leafKey(16);
  const smallOrder = Buffer.from(ORDER_8, "hex").toString("base64url");
  return Promise.all([
    proof("good", "by the key that the last hop names", "proven"),
    proof("good-thumbprint", "by the key that the last hop names by thumbprint", "proven", {
      chain: "good-leaf-thumbprint-ed25519",
    }),
    proof("good-16-hops", "with the most hops, whose signatures are checked with it", "proven", {
      chain: "good-16-hops",
      signer: "actor16",
      key: sixteenth,
    }),
    proof("good-root-alone", "with a root that nobody has delegated", "proven", {
      chain: "good-root-alone",
      signer: "app",
    }),
    proof("other-key", "by a key that the chain does not know", "other_key", { signer: "mallory" }),
    proof("earlier-key", "by the key of an earlier hop", "other_key", { signer: "agent" }),
    proof("thumbprint-of-another", "by a key with another thumbprint than the last hop names", "other_key", {
      chain: "good-leaf-thumbprint",
    }),
    proof("leaf-without-key", "for a chain whose last hop names no key", "other_key", {
      chain: "good-leaf-without-key",
    }),
    proof("leaf-of-another-kind", "for a chain whose last hop names a P-256 key", "other_key", {
      chain: "good-leaf-p256",
    }),
    proof("claims-a-key", "that names the right key and is signed by another", "signature_invalid", {
      signer: "mallory",
      key: service,
    }),
    proof("other-text", "over another text", "signature_invalid", { signed: `${SIGNED}A` }),
    proof("text-cut", "over a text that was cut", "signature_invalid", { signed: SIGNED.slice(0, -1) }),
    proof("flipped-r", "a bit of R flipped", "signature_invalid", { edit: flip(0) }),
    proof("flipped-s", "a bit of S flipped", "signature_invalid", { edit: flip(32) }),
    proof("s-not-reduced", "S + L, the same to who does not check its range", "signature_invalid", { edit: addOrder }),
    proof("signature-cut", "a signature of 63 bytes", "signature_invalid", { edit: (bytes) => bytes.subarray(0, 63) }),
    proof("signature-longer", "a signature of 65 bytes", "signature_invalid", {
      edit: (bytes) => Buffer.concat([bytes, Buffer.alloc(1)]),
    }),
    proof("signature-empty", "no signature", "signature_invalid", { edit: () => Buffer.alloc(0) }),
    proof("key-cut", "a key of 31 bytes", "signature_invalid", {
      key: Buffer.from(service, "base64url").subarray(0, 31).toString("base64url"),
    }),
    proof(
      "key-small-order",
      "a key of order 8, under which R = A and S = 0 would stand for one text in eight",
      "signature_invalid",
      {
        key: smallOrder,
        edit: () => Buffer.concat([Buffer.from(ORDER_8, "hex"), Buffer.alloc(32)]),
      },
    ),
    proof("r-small-order", "a commitment of order 8", "signature_invalid", {
      edit: (bytes) => Buffer.concat([Buffer.from(ORDER_8, "hex"), bytes.subarray(32)]),
    }),
  ]);
}
