/** Keys and authorities of the gateway's own socket, from files. */
import { readFile } from "node:fs/promises";
import { createSecureContext, type SecureVersion } from "node:tls";

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** Authorities of client certificates; none is asked for without. */
  readonly ca?: string;
  readonly requestCert: boolean;
  /** Who has none may still prove possession in another way: routes say in which. */
  readonly rejectUnauthorized: false;
  readonly minVersion: SecureVersion;
}

export interface TlsNames {
  readonly "tls-cert"?: string | undefined;
  readonly "tls-key"?: string | undefined;
  readonly "client-ca"?: string | undefined;
}

/** @returns undefined where none is asked for @throws Error in one plain line */
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
      "--tls-cert, --tls-key or --client-ca is no PEM that can be used, or the key is not the certificate's",
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
