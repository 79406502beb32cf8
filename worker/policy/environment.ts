/** What the expressions of a policy can refer to during one evaluation. */
import type { Entities } from "./entities.ts";
import type { CedarRecord, EntityRef, Value } from "./value.ts";

export interface Environment {
  readonly principal: EntityRef;
  readonly action: EntityRef;
  readonly resource: EntityRef;
  readonly context: CedarRecord;
  readonly entities: Entities;
}

export type Evaluate = (env: Environment) => Value;
