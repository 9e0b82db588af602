/** A chain of the table: base chains have a hook. */
export interface Chain {
  /** `type nat hook output priority -100;` or empty. */
  readonly hook: string;
  readonly rules: readonly string[];
}

/** A set, or a map. */
export interface Collection {
  readonly kind: 'set' | 'map';
  /** Its type, flags and the like, as between the braces of `add set`. Never changes under one name. */
  readonly declaration: string;
  /** What is in it, by its keys; of sets with empty values. Undefined where packets fill it. */
  readonly elements: ReadonlyMap<string, string> | undefined;
}

/** All of a table, by names. The order of chains says nothing. */
export interface Ruleset {
  readonly chains: ReadonlyMap<string, Chain>;
  readonly collections: ReadonlyMap<string, Collection>;
}

/** What is found of a table from before, be it an earlier process's: its names. */
export interface FoundTable {
  readonly chains: readonly string[];
  readonly sets: readonly string[];
  readonly maps: readonly string[];
}

/** There is no table, or nothing in it. */
export const EMPTY_TABLE: FoundTable = { chains: [], sets: [], maps: [] };

export const TABLE = 'kube-proxy';
