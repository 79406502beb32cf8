/** The entities of a request: attributes, tags, and the hierarchy. */
import { type EntityJson, uidOf } from "./format.ts";
import { type CedarRecord, type EntityRef, keyOfEntity, recordFromJson, type Value } from "./value.ts";

interface Entity {
  readonly json: EntityJson;
  readonly parents: readonly string[];
  attributes?: CedarRecord;
  tags?: CedarRecord;
}

type EntityTable = ReadonlyMap<string, Entity>;

/** Tables of lists that many requests share: those of a published set, and the actions of its schema. */
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

/** An entity of the set and one of the request with the same name are one entity; if both have an attribute, the request's counts. */
function join(known: EntityJson, own: EntityJson): EntityJson {
  return {
    uid: own.uid,
    attrs: { ...known.attrs, ...own.attrs },
    parents: [...(known.parents ?? []), ...(own.parents ?? [])],
    tags: { ...known.tags, ...own.tags },
  };
}

/** The entities of a set and of a request as one list, each once, as Cedar expects them. */
export function joinedEntities(known: readonly EntityJson[], own: readonly EntityJson[]): EntityJson[] {
  const all = new Map(known.map((entity) => [keyOfUid(entity.uid), entity]));
  for (const entity of own) {
    const same = all.get(keyOfUid(entity.uid));
    all.set(keyOfUid(entity.uid), same === undefined ? entity : join(same, entity));
  }
  return [...all.values()];
}

export class Entities {
  #tables: readonly EntityTable[];

  /** @param known lists that are indexed once; @param own those of this request, which come first */
  constructor(known: readonly (readonly EntityJson[])[], own: readonly EntityJson[]) {
    this.#tables = known.map(tableOf);
    this.#tables = [readTable(own.map((entity) => this.#joined(entity))), ...this.#tables];
  }

  #joined(own: EntityJson): EntityJson {
    const known = this.#find(keyOfUid(own.uid));
    return known === undefined ? own : join(known.json, own);
  }

  /** Attributes, or undefined if there is no such entity. Parsed from JSON at first use. */
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

  /** The entity and all its ancestors. */
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
