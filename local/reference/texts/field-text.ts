/** The text about one field in docs/reference/configuration.md, and its form. */
export interface FieldText {
  readonly what: string;
  /** TOML of the value; none for tables. */
  readonly example?: string;
  /** The version that added it; absent for fields of the first version. */
  readonly since?: string;
}

export type FieldTexts = Readonly<Record<string, FieldText>>;

export const field = (example: string, what: string): FieldText => ({ what, example });
export const table = (what: string): FieldText => ({ what });

/** Texts of the fields of a table, under its name. */
export const within = (prefix: string, texts: FieldTexts): FieldTexts =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [`${prefix}${name}`, text]));

/** Texts for every set of keys that is fetched. */
export const KEY_LIFE = {
  refresh: field("300", "after this time fetched keys are fetched again in the background"),
  max_stale: field("86400", "while the publisher cannot be reached, its last keys are accepted for this long"),
};
