import type { ObjectMeta } from '@hawser/api';

/** On an object of the bootstrap policy: `false` keeps the API server from touching it at start. */
export const AUTO_UPDATE_ANNOTATION = 'rbac.authorization.kubernetes.io/autoupdate';

/** What to do about an object at start. */
export type Reconciled<T> =
  | { readonly operation: 'none' }
  | { readonly operation: 'create' | 'update'; readonly object: T }
  /** Delete what there is and create the object anew: what differs cannot be changed. */
  | { readonly operation: 'recreate'; readonly object: T };

export interface HasMetadata {
  readonly metadata: ObjectMeta;
}

/** Whether an administrator has said that an object be left alone. */
export function isProtected({ metadata }: HasMetadata): boolean {
  return metadata.annotations?.[AUTO_UPDATE_ANNOTATION] === 'false';
}

/** The metadata that is there, with the labels and annotations that it lacks; the same object if none. */
export function completedMetadata(existing: ObjectMeta, desired: ObjectMeta): ObjectMeta {
  const labels = completed(existing.labels, desired.labels);
  const annotations = completed(existing.annotations, desired.annotations);
  if (labels === existing.labels && annotations === existing.annotations) return existing;
  return { ...existing, labels, annotations };
}

type Texts = { [key: string]: string };

function completed(existing: Texts | undefined, desired: Texts = {}): Texts | undefined {
  const lacks = Object.keys(desired).some((key) => existing === undefined || !Object.hasOwn(existing, key));
  return lacks ? { ...desired, ...existing } : existing;
}
