import type { AnyKind } from '../kinds/all-kinds.ts';

/** `/api/v1` or `/apis/GROUP/VERSION` */
export function rootOf({ group, apiVersion }: AnyKind): string {
  return group === '' ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
}
