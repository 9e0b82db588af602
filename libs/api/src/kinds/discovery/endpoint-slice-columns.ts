import type { Column } from '../../schema/kind.ts';
import { age } from '../columns.ts';
import type { EndpointSlice } from './endpoint-slice.ts';

/** How many ports or addresses a cell shows. */
const SHOWN = 3;

/** The columns of `kubectl get endpointslices` (pkg/printers `printEndpointSlice`). */
export const endpointSliceColumns: readonly Column<EndpointSlice>[] = [
  {
    name: 'AddressType',
    type: 'string',
    description: 'What the addresses are.',
    value: ({ addressType }) => addressType,
  },
  {
    name: 'Ports',
    type: 'string',
    description: 'The first ports.',
    value: ({ ports }) => first((ports ?? []).map(({ name, port }) => String(port ?? (name || '*')))),
  },
  {
    name: 'Endpoints',
    type: 'string',
    description: 'The first addresses.',
    value: ({ endpoints }) => first((endpoints ?? []).flatMap(({ addresses }) => addresses ?? [])),
  },
  age,
];

/** The first items, and how many more there are. */
function first(items: readonly string[]): string {
  if (items.length === 0) return '<unset>';
  const shown = items.slice(0, SHOWN).join(',');
  return items.length > SHOWN ? `${shown} + ${items.length - SHOWN} more...` : shown;
}
