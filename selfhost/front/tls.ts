/** Reads the TLS keys and authorities of the gateway's socket from files. */
import { readFile } from "node:fs/promises";
import { createSecureContext, type SecureVersion } from "node:tls";

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** Authorities of client certificates; without them none is requested. */
  readonly ca?: string;
  readonly requestCert: boolean;
  /** A client without one may prove possession in another way, as routes allow. */
  readonly rejectUnauthorized: false;
  readonly minVersion: SecureVersion;
}

export interface TlsNames {
  readonly "tls-cert"?: string | undefined;
  readonly "tls-key"?: string | undefined;
  readonly "client-ca"?: string | undefined;
}

/** @returns undefined if TLS is not configured @throws Error in one plain line */
export async function readTls(names: TlsNames): Promise<TlsFiles | undefined> {
  const { "tls-cert": certName, "tls-key": keyName, "client-ca": caName } = names;
  if (certName === undefined && keyName === undefined && caName === undefined) return undefined;
  if (certName === undefined || keyName === undefined) throw new Error("TLS needs both --tls-cert and --tls-key");
  const read = async (option: string, name: string): Promise<string> =>
    readFile(name, "utf8").catch(({ code }: NodeJS.ErrnoException) => {
      throw new Error(`--${option}: cannot read \`${name}\` (${code})`);
    });
  const [cert, key] = await Promise.all([read("tls-cert", certName), read("tls-key", keyName)]);
  const ca = caName === undefined ? undefined : await read("client-ca", caName);
  try {
    createSecureContext({ cert, key, ...(ca !== undefined && { ca }) });
  } catch {
    throw new Error(
      "--tls-cert, --tls-key or --client-ca is not usable PEM, or the key does not belong to the certificate",
    );
  }
  return {
    cert,
    key,
    ...(ca !== undefined && { ca }),
    requestCert: ca !== undefined,
    rejectUnauthorized: false,
    minVersion: "TLSv1.2",
  };
}
