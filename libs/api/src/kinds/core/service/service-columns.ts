import type { Column } from '../../../schema/kind.ts';
import { formatLabels } from '../../../selectors/format-label-selector.ts';
import { age } from '../../columns.ts';
import type { Service, ServicePort } from '../service.ts';

/** The columns of `kubectl get services` (pkg/printers `printService`). */
export const serviceColumns: readonly Column<Service>[] = [
  {
    name: 'Type',
    type: 'string',
    description: 'How far the Service is exposed.',
    value: (service) => service.spec?.type ?? '',
  },
  {
    name: 'Cluster-IP',
    type: 'string',
    description: 'Its first virtual address.',
    value: (service) => service.spec?.clusterIPs?.[0] ?? '<none>',
  },
  { name: 'External-IP', type: 'string', description: 'Addresses from outside.', value: externalIP },
  {
    name: 'Port(s)',
    type: 'string',
    description: 'Its ports.',
    value: (service) => service.spec?.ports?.map(formatPort).join(',') || '<none>',
  },
  age,
  {
    name: 'Selector',
    type: 'string',
    priority: 1,
    description: 'Labels of the pods behind it.',
    value: (service) => formatLabels(service.spec?.selector ?? {}),
  },
];

function externalIP({ spec = {}, status }: Service): string {
  const external = spec.externalIPs ?? [];
  switch (spec.type) {
    case 'ExternalName':
      return spec.externalName ?? '';
    case 'LoadBalancer': {
      const ingress = status?.loadBalancer?.ingress ?? [];
      const addresses = ingress.flatMap(({ ip, hostname }) => ip || hostname || []);
      return [...new Set(addresses)].sort().concat(external).join(',') || '<pending>';
    }
    default:
      return external.join(',') || '<none>';
  }
}

function formatPort({ port, nodePort, protocol = 'TCP' }: ServicePort): string {
  return nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`;
}
