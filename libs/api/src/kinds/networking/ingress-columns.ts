import type { Column } from '../../schema/kind.ts';
import { age } from '../columns.ts';
import type { Ingress } from './ingress.ts';

const MAX_HOSTS = 3;

/** The columns of `kubectl get ingresses` (pkg/printers `printIngress`). */
export const ingressColumns: readonly Column<Ingress>[] = [
  {
    name: 'Class',
    type: 'string',
    description: 'Who is to serve it.',
    value: ({ spec }) => spec.ingressClassName ?? '<none>',
  },
  { name: 'Hosts', type: 'string', description: 'The hosts that it is about.', value: hosts },
  {
    name: 'Address',
    type: 'string',
    description: 'Where traffic comes in.',
    value: ({ status }) =>
      [...new Set(status?.loadBalancer?.ingress?.flatMap(({ ip, hostname }) => ip || hostname || []))]
        .sort()
        .join(','),
  },
  {
    name: 'Ports',
    type: 'string',
    description: 'Ports on which it is served.',
    value: ({ spec }) => ((spec.tls ?? []).length > 0 ? '80, 443' : '80'),
  },
  age,
];

function hosts({ spec: { rules = [] } }: Ingress): string {
  const named = rules.flatMap(({ host }) => host || []);
  if (named.length === 0) return '*';
  const shown = named.slice(0, MAX_HOSTS).join(',');
  return named.length > MAX_HOSTS ? `${shown} + ${named.length - MAX_HOSTS} more...` : shown;
}
