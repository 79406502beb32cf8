/** What the conformance suite says otherwise of a server that is behind the gateway, and why that is right. */

/** How the suite is asked for each revision: the frozen requirements if it has them. */
export const REVISIONS: Readonly<Record<string, readonly string[]>> = {
  "2025-06-18": ["--suite", "all", "--spec-version", "2025-06-18"],
  "2025-11-25": ["--requirements", "2025-11-25"],
  "2026-07-28": ["--requirements", "2026-07-28"],
};

interface Difference {
  /** Straight, and through the gateway. */
  readonly verdicts: string;
  readonly reason: string;
}

export const DIFFERENCES: Readonly<Record<string, Readonly<Record<string, Difference>>>> = {
  "2026-07-28": {
    "tasks-dispatch-and-envelope sep-2663-tasks-get-invalid-task-id-32602": {
      verdicts: "FAILURE -> SUCCESS",
      reason:
        "the SDK's server does not know tasks (-32601); the gateway knows that it never gave out this handle (-32602)",
    },
  },
};
