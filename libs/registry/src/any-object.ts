import type { ObjectMeta, TypeMeta } from '@hawser/api';

/** An object of whatever kind, as the generic machinery sees it. */
export interface AnyObject extends TypeMeta {
  metadata: ObjectMeta;
  [field: string]: unknown;
}
