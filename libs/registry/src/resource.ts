import type { Kind } from '@hawser/api';
import type { Clock } from '@hawser/runtime';
import type { Store } from '@hawser/storage';
import type { AdmissionChain } from './admission.ts';
import type { AnyObject } from './any-object.ts';
import type { Cacher } from './cache/cacher.ts';
import type { ObjectCache } from './cache/object-cache.ts';
import type { Strategy } from './strategy.ts';

/**
 * Completes an object with what the cluster gives out, such as a Service's address, once admission has seen it
 * and before it is validated (upstream's `BeginCreate` and `BeginUpdate`).
 * @param old the stored state that it is to replace.
 * @returns what holds the allocations while the write is under way; disposed of when it is settled, however it
 * ends.
 */
export type BeginWrite = (object: AnyObject, old: AnyObject | undefined) => Disposable;

/** One served kind with all that its verbs need. The verbs are functions over it, a file each. */
export interface Resource {
  readonly kind: Kind;
  readonly strategy: Strategy;
  readonly cache: ObjectCache;
  readonly cacher: Cacher;
  readonly store: Store;
  readonly admission: AdmissionChain;
  readonly clock: Clock;
  /** Undefined where nothing is given out. */
  readonly begin?: BeginWrite | undefined;
}
