import type { Entry } from '../cache/kind-cache.ts';
import type { ObjectCache } from '../cache/object-cache.ts';
import type { Selection } from './selection.ts';

interface Asked {
  readonly namespace: string;
  readonly selection: Selection;
}

/** Whether no more than one object can be meant. */
const isOne = ({ kind }: ObjectCache, { namespace, selection }: Asked): boolean =>
  selection.name !== undefined && (namespace !== '' || !kind.namespaced);

/**
 * What stands now of what may be selected, in the order of keys; the caller selects. Where one name is asked for the
 * others are not looked at: one of them that cannot be read is not in the way.
 * @throws ApiError InternalError for what cannot be read.
 */
export function standingEntries(cache: ObjectCache, asked: Asked): readonly Entry[] {
  const { namespace, selection } = asked;
  if (!isOne(cache, asked)) return cache.entries(namespace);
  const entry = cache.entry(namespace, selection.name!);
  return entry === undefined ? [] : [entry];
}

/** @throws ApiError InternalError as `standingEntries`, at less cost. */
export function assertStandingReadable(cache: ObjectCache, asked: Asked): void {
  cache.assertReadable(asked.namespace, isOne(cache, asked) ? asked.selection.name : undefined);
}
