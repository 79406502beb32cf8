/**
 * What the requests of the protocol do (Model Context Protocol, 2025-06-18, 2025-11-25 and 2026-07-28; the tasks
 * extension). A method that is not here, or not in the revision of the request, is unknown until a route declares it.
 */

/** Supported revisions. Those before 2026-07-28 begin with `initialize`. */
export const REVISIONS = ["2026-07-28", "2025-11-25", "2025-06-18"] as const;
export type Revision = (typeof REVISIONS)[number];

/** From this revision on, every request describes itself in `_meta`, and headers mirror the body. */
export const MODERN = "2026-07-28";

export type Era = "modern" | "legacy";

export function eraOf(revision: Revision): Era {
  return revision === MODERN ? "modern" : "legacy";
}

export interface Method {
  readonly eras: readonly Era[];
  /**
   * `session`: introduces client and server, or lists what there is. `follow`: continues something that was decided
   * when it began, with a handle of the one that began it. `call`: may read or do anything, so routes declare it.
   */
  readonly does: "session" | "follow" | "call";
  /** The member of `params` that the header `Mcp-Name` mirrors. */
  readonly named?: "name" | "uri" | "taskId";
  /** The list in its answer, which contains only what the client may call. */
  readonly lists?: "tools" | "prompts" | "resources" | "resourceTemplates";
}

const [BOTH, LEGACY, ONLY_MODERN] = [["modern", "legacy"], ["legacy"], ["modern"]] as const;

/** `tasks/list` is not here: nothing says whose tasks a server lists, and 2026-07-28 removed it for that reason. */
export const METHODS: Readonly<Record<string, Method>> = {
  initialize: { eras: LEGACY, does: "session" },
  ping: { eras: LEGACY, does: "session" },
  "logging/setLevel": { eras: LEGACY, does: "session" },
  "server/discover": { eras: ONLY_MODERN, does: "session" },
  "tools/list": { eras: BOTH, does: "session", lists: "tools" },
  "prompts/list": { eras: BOTH, does: "session", lists: "prompts" },
  "resources/list": { eras: BOTH, does: "session", lists: "resources" },
  "resources/templates/list": { eras: BOTH, does: "session", lists: "resourceTemplates" },
  "tools/call": { eras: BOTH, does: "call", named: "name" },
  "prompts/get": { eras: BOTH, does: "call", named: "name" },
  "resources/read": { eras: BOTH, does: "call", named: "uri" },
  "completion/complete": { eras: BOTH, does: "call" },
  "resources/subscribe": { eras: LEGACY, does: "call" },
  "resources/unsubscribe": { eras: LEGACY, does: "call" },
  "subscriptions/listen": { eras: ONLY_MODERN, does: "call" },
  "tasks/get": { eras: BOTH, does: "follow", named: "taskId" },
  "tasks/result": { eras: LEGACY, does: "follow" },
  "tasks/cancel": { eras: BOTH, does: "follow", named: "taskId" },
  "tasks/update": { eras: ONLY_MODERN, does: "call", named: "taskId" },
};

/** Notifications that a client may send. */
const NOTIFICATIONS: readonly string[] = [
  "notifications/initialized",
  "notifications/cancelled",
  "notifications/progress",
  "notifications/roots/list_changed",
  "notifications/tasks/status",
];

export function isNotification(method: string): boolean {
  return NOTIFICATIONS.includes(method);
}

/** Undefined for a method that the revision does not have. */
export function methodOf(name: string, revision: Revision): Method | undefined {
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  return method?.eras.includes(eraOf(revision)) ? method : undefined;
}
