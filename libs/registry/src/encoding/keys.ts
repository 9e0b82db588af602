import type { Kind } from '@hawser/api';

/**
 * `/registry/PLURAL/`, under which all objects of a kind lie; kinds outside the core group with their group. A
 * kind that is stored as another lies where that one does.
 */
export function kindPrefix(kind: Kind): string {
  const { group, plural } = kind.storedAs?.kind ?? kind;
  return group === '' ? `/registry/${plural}/` : `/registry/${group}/${plural}/`;
}

/** The key of one object; an empty namespace for cluster-wide kinds. */
export function objectKey(kind: Kind, namespace: string, name: string): string {
  return kind.namespaced ? `${kindPrefix(kind)}${namespace}/${name}` : kindPrefix(kind) + name;
}

/** The prefix of a namespace's objects, or of all where it is empty. */
export function namespacePrefix(kind: Kind, namespace: string): string {
  return kind.namespaced && namespace !== '' ? `${kindPrefix(kind)}${namespace}/` : kindPrefix(kind);
}
