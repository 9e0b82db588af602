import type { Kind } from '@hawser/api';
import type { Clock } from '@hawser/runtime';
import type { Store } from '@hawser/storage';
import type { AdmissionChain } from './admission.ts';
import type { Cacher } from './cache/cacher.ts';
import type { KindCache } from './cache/kind-cache.ts';
import type { Strategy } from './strategy.ts';

/** One served kind with all that its verbs need. The verbs are functions over it, a file each. */
export interface Resource {
  readonly kind: Kind;
  readonly strategy: Strategy;
  readonly cache: KindCache;
  readonly cacher: Cacher;
  readonly store: Store;
  readonly admission: AdmissionChain;
  readonly clock: Clock;
}
