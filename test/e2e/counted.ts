/** What requests cost since that was last asked for, as test/workers/counting.ts counts it. */
export interface Counted {
  /** By method and binding, how often Durable Objects were called. */
  readonly calls: Record<string, number>;
  /** Rows, those of indexes too, by the statement that wrote them. */
  readonly rows: Record<string, number>;
}
