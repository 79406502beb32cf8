/** The entities that a request is judged with: attributes, tags, and who is in whom. */
import { type EntityJson, uidOf } from "./format.ts";
import { type CedarRecord, type EntityRef, keyOfEntity, recordFromJson, type Value } from "./value.ts";

interface Entity {
  readonly json: EntityJson;
  readonly parents: readonly string[];
  attributes?: CedarRecord;
  tags?: CedarRecord;
}

type EntityTable = ReadonlyMap<string, Entity>;

/** Tables of lists that come with many requests: those of a published set, and the actions of its schema. */
const tables = new WeakMap<readonly EntityJson[], EntityTable>();

function tableOf(list: readonly EntityJson[]): EntityTable {
  let table = tables.get(list);
  if (table === undefined) {
    table = readTable(list);
    tables.set(list, table);
  }
  return table;
}

function readTable(list: readonly EntityJson[]): EntityTable {
  const table = new Map<string, Entity>();
  for (const json of list) table.set(keyOfUid(json.uid), { json, parents: (json.parents ?? []).map(keyOfUid) });
  return table;
}

function keyOfUid(json: EntityJson["uid"]): string {
  const { type, id } = uidOf(json);
  return keyOfEntity(type, id);
}

export class Entities {
  readonly #tables: readonly EntityTable[];

  /** @param known lists that are read once; @param own those of this request, which come first */
  constructor(known: readonly (readonly EntityJson[])[], own: readonly EntityJson[]) {
    this.#tables = [readTable(own), ...known.map(tableOf)];
  }

  /** Attributes, or undefined where there is no such entity. Read from JSON when first asked for. */
  attributes(ref: EntityRef): CedarRecord | undefined {
    const entity = this.#find(ref.key);
    if (entity) entity.attributes ??= recordFromJson(entity.json.attrs ?? {});
    return entity?.attributes;
  }

  tag(ref: EntityRef, name: string): Value | undefined {
    const entity = this.#find(ref.key);
    if (entity) entity.tags ??= recordFromJson(entity.json.tags ?? {});
    return entity?.tags?.get(name);
  }

  /** Reflexive and transitive. */
  isIn(descendant: string, ancestor: string): boolean {
    return descendant === ancestor || this.lineage(descendant).has(ancestor);
  }

  /** The entity and all that it is in, directly or not. */
  lineage(key: string): ReadonlySet<string> {
    const lineage = new Set([key]);
    for (const member of lineage) {
      for (const parent of this.#find(member)?.parents ?? []) lineage.add(parent);
    }
    return lineage;
  }

  #find(key: string): Entity | undefined {
    for (const table of this.#tables) {
      const entity = table.get(key);
      if (entity !== undefined) return entity;
    }
    return undefined;
  }
}
