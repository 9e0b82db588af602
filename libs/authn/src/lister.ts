/**
 * What authentication and authorization see of the stored objects: the hub's caches on the inside, informers
 * elsewhere. Answers are immediate and current; objects are not to be changed.
 */
export interface Lister<T> {
  /** By namespace (empty for cluster-wide kinds) and name. */
  get(namespace: string, name: string): T | undefined;
  /** All, or those of one namespace. */
  list(namespace?: string): readonly T[];
  /** Changes whenever any object of the kind does: what was derived from an older one is stale. */
  readonly version: number;
}
