/** Certificates of a small authority, made by OpenSSL. */
import { execFile } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
  /** `x5t#S256` (RFC 8705, section 3.1). */
  readonly thumbprint: string;
}

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];

/** @param by the authority that signs it; without one it signs itself, and may sign others */
export async function certificate(folder: string, name: string, by?: Certificate): Promise<Certificate> {
  const [certFile, keyFile] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const subject = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const signed =
    by === undefined ? [] : ["-CA", by.certFile, "-CAkey", by.keyFile, "-addext", "basicConstraints=CA:FALSE"];
  await run("openssl", ["req", "-x509", ...KEY, "-keyout", keyFile, "-out", certFile, ...subject, ...signed]);
  const [cert, key] = await Promise.all([readFile(certFile, "utf8"), readFile(keyFile, "utf8")]);
  const thumbprint = createHash("sha256").update(new X509Certificate(cert).raw).digest("base64url");
  return { certFile, keyFile, cert, key, thumbprint };
}
