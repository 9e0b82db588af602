import type { Column } from '../../../schema/kind.ts';
import { age } from '../../columns.ts';
import type { ResourceQuota } from '../resource-quota.ts';

/** The columns of `kubectl get resourcequotas` (pkg/printers `printResourceQuota`). */
export const resourceQuotaColumns: readonly Column<ResourceQuota>[] = [
  {
    name: 'Request',
    type: 'string',
    description: 'What is used and what may be, limits apart.',
    value: (quota) => usedOf(quota, (name) => !isLimit(name)),
  },
  {
    name: 'Limit',
    type: 'string',
    description: 'What is used and what may be of limits.',
    value: (quota) => usedOf(quota, isLimit),
  },
  age,
];

function isLimit(name: string): boolean {
  return name.startsWith('limits.');
}

function usedOf({ status }: ResourceQuota, isWanted: (name: string) => boolean): string {
  const { hard = {}, used = {} } = status ?? {};
  const names = Object.keys(hard).filter(isWanted).sort();
  return names.map((name) => `${name}: ${used[name] ?? '0'}/${hard[name]}`).join(', ');
}
