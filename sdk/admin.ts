/** A gateway's `/admin`, from outside. */

export interface Remote {
  /** Base address. */
  readonly gateway: string;
  readonly adminToken: string;
}

/**
 * Asks the administration.
 *
 * @param path below `/admin/`
 * @throws Error with what the gateway answered, or that it cannot be reached; never with the token
 */
export async function askAdmin(
  { gateway, adminToken }: Remote,
  path: string,
  init: RequestInit = {},
): Promise<Response> {
  const response = await fetch(new URL(`/admin/${path}`, gateway), {
    ...init,
    headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
  }).catch((cause: unknown) => {
    throw new Error(`the gateway ${gateway} cannot be reached`, { cause });
  });
  if (response.ok) return response;
  if (response.status === 401) throw new Error("the gateway does not accept the admin token (HOPGATE_ADMIN_TOKEN)");
  if (response.status === 404)
    throw new Error(`the gateway knows nothing of \`${decodeURIComponent(path.split("/").at(-1) as string)}\``);
  const { error_description: reason } = (await response.json().catch(() => ({}))) as { error_description?: string };
  throw new Error(`the gateway answered ${response.status}${reason === undefined ? "" : `: ${reason}`}`);
}

/** The same with a body of JSON. */
export function sendAdmin(remote: Remote, method: "POST" | "PUT", path: string, body: object): Promise<Response> {
  return askAdmin(remote, path, { method, body: JSON.stringify(body) });
}
