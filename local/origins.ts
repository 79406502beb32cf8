/** Adds the loopback to the origins of a gateway that runs on this machine. */
import { parse, stringify } from "smol-toml";

interface Document {
  readonly gateway?: { readonly id?: string; readonly origins?: readonly string[] };
}

/**
 * The same configuration with the loopback as its first origin, so that links lead there. An invalid one is returned
 * unchanged.
 */
export function withLoopback(config: string, port: number): string {
  const document = parseOr(config);
  if (document?.gateway?.id === undefined) return config;
  const { id, origins = [new URL(id).origin] } = document.gateway;
  const loopback = [`http://127.0.0.1:${port}`, `http://localhost:${port}`];
  return stringify({ ...document, gateway: { ...document.gateway, origins: [...loopback, ...origins] } });
}

/** Undefined if it is not TOML, which the Worker reports at its start. */
function parseOr(text: string): Document | undefined {
  try {
    return parse(text) as Document;
  } catch {
    return undefined;
  }
}
