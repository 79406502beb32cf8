/** The entities of one request: attributes, tags, and who is in whom. */
import { type EntityJson, uidOf } from "./format.ts";
import { CedarRecord, EntityRef, fromJson, type Value } from "./value.ts";

interface Entity {
  readonly json: EntityJson;
  readonly parents: readonly string[];
  attributes?: CedarRecord;
  tags?: CedarRecord;
}

export class Entities {
  readonly #entities = new Map<string, Entity>();

  constructor(...lists: readonly (readonly EntityJson[])[]) {
    for (const json of lists.flat()) {
      const { type, id } = uidOf(json.uid);
      const parents = (json.parents ?? []).map(uidOf).map((uid) => new EntityRef(uid.type, uid.id).key);
      this.#entities.set(new EntityRef(type, id).key, { json, parents });
    }
  }

  /** Attributes, or undefined where there is no such entity. Read from JSON when first asked for. */
  attributes(ref: EntityRef): CedarRecord | undefined {
    const entity = this.#entities.get(ref.key);
    if (entity) entity.attributes ??= fromJson(entity.json.attrs ?? {}) as CedarRecord;
    return entity?.attributes;
  }

  tag(ref: EntityRef, name: string): Value | undefined {
    const entity = this.#entities.get(ref.key);
    if (entity)
      entity.tags ??= new CedarRecord(
        new Map(Object.entries(entity.json.tags ?? {}).map(([k, v]) => [k, fromJson(v)])),
      );
    return entity?.tags?.attributes.get(name);
  }

  has(ref: EntityRef): boolean {
    return this.#entities.has(ref.key);
  }

  /** Reflexive and transitive. */
  isIn(descendant: string, ancestor: string): boolean {
    if (descendant === ancestor) return true;
    const seen = new Set([descendant]);
    for (const key of seen) {
      for (const parent of this.#entities.get(key)?.parents ?? []) {
        if (parent === ancestor) return true;
        seen.add(parent);
      }
    }
    return false;
  }
}
