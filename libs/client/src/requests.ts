import type { ObjectMeta, TypeMeta } from '@hawser/api';

/** Every method takes a signal; without one only the request timeout ends it. */
export interface RequestOptions {
  readonly signal?: AbortSignal;
}

export interface ObjectOptions extends RequestOptions {
  readonly namespace?: string;
}

export interface GetOptions extends ObjectOptions {
  readonly subresource?: string;
  /** Ask for metadata only (`PartialObjectMetadata`). */
  readonly metadataOnly?: boolean;
}

export interface ListOptions extends ObjectOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** At most this many, the rest by `continue`; without a limit the list is whole. */
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan';
  /** Ask for metadata only (`PartialObjectMetadata`). */
  readonly metadataOnly?: boolean;
}

/** One list, or one page of it. */
export interface ListResult<T> {
  readonly items: T[];
  /** Where to watch on from. */
  readonly resourceVersion: string;
  /** Names the next page; undefined on the last. */
  readonly continue?: string;
}

export interface CreateOptions extends ObjectOptions {
  readonly fieldManager?: string;
  readonly dryRun?: boolean;
}

/** Which subresource of which object a create goes to: `{name: 'token', of: 'default'}`. */
export interface SubresourceTarget {
  readonly name: string;
  readonly of: string;
}

export interface UpdateOptions extends RequestOptions {
  readonly subresource?: string;
  readonly fieldManager?: string;
}

export interface PatchOptions extends ObjectOptions {
  readonly type: 'merge' | 'json' | 'strategic' | 'apply';
  readonly subresource?: string;
  readonly fieldManager?: string;
  /** Apply only: take over fields of other managers. */
  readonly force?: boolean;
}

export interface DeleteOptions extends ObjectOptions {
  /** Precondition: delete only this incarnation. */
  readonly uid?: string;
  /** Precondition: delete only in this version. */
  readonly resourceVersion?: string;
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
}

export interface DeleteCollectionOptions extends DeleteOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface WatchOptions extends ObjectOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion?: string;
  readonly timeoutSeconds?: number;
  readonly metadataOnly?: boolean;
  /** End the watch when nothing, not even a bookmark, has come for this long; default 150 s. */
  readonly idleTimeoutMs?: number;
  /** Told when the server has begun to answer: from now on events come. */
  readonly onOpen?: () => void;
}

/** One event of a watch. A bookmark's object carries only kind and `metadata.resourceVersion`. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
}

/** An object as a caller writes it for create: names of the kind are filled in, a name may be generated. */
export type NewObject<T> = Omit<T, keyof TypeMeta | 'metadata'> &
  Partial<TypeMeta> & { metadata?: Partial<ObjectMeta> };

export const PATCH_TYPES: Readonly<Record<PatchOptions['type'], string>> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

/** The query part of a URL, with its question mark; undefined, false and empty values are left out. */
export function queryString(
  parameters: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined && value !== false && value !== '') query.set(name, String(value));
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/** The body of a delete; undefined when the defaults do. */
export function deleteBody(options: DeleteOptions): object | undefined {
  const { uid, resourceVersion, gracePeriodSeconds, propagationPolicy } = options;
  const preconditions =
    uid !== undefined || resourceVersion !== undefined ? { uid, resourceVersion } : undefined;
  if (!preconditions && gracePeriodSeconds === undefined && !propagationPolicy) return undefined;
  return { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds, propagationPolicy, preconditions };
}
