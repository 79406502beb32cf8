/** Client of a gateway's `/admin`. */

export interface Remote {
  /** Base address. */
  readonly gateway: string;
  readonly adminToken: string;
}

/** The gateway's answer, in words; never with the token. */
export class AdminError extends Error {
  override readonly name = "AdminError";
  /** HTTP status; undefined if the gateway cannot be reached. */
  readonly status: number | undefined;

  constructor(message: string, status?: number, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/**
 * Sends a request to the administration.
 *
 * @param path below `/admin/`
 * @throws AdminError
 */
export async function askAdmin(
  { gateway, adminToken }: Remote,
  path: string,
  init: Omit<RequestInit, "headers"> & { readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Response> {
  const response = await fetch(new URL(`/admin/${path}`, gateway), {
    ...init,
    headers: { ...init.headers, authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
  }).catch((cause: unknown) => {
    throw new AdminError(`the gateway ${gateway} cannot be reached`, undefined, { cause });
  });
  if (response.ok) return response;
  throw new AdminError(await problemOf(response, path), response.status);
}

async function problemOf(response: Response, path: string): Promise<string> {
  const { status } = response;
  if (status === 401) return "the gateway does not accept the admin token (HOPGATE_ADMIN_TOKEN)";
  if (status === 404) return `the gateway does not know \`${decodeURIComponent(path.split("/").at(-1) as string)}\``;
  const { error_description: reason } = (await response.json().catch(() => ({}))) as { error_description?: string };
  return `the gateway answered ${status}${reason === undefined ? "" : `: ${reason}`}`;
}

/** The same with a JSON body. */
export function sendAdmin(
  remote: Remote,
  method: "POST" | "PUT",
  path: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return askAdmin(remote, path, { method, body: JSON.stringify(body), headers });
}
