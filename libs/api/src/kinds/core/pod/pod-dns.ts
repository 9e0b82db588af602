import { type Infer, list, message, one } from '../../../schema/fields.ts';

export const PodDNSConfigOption = message('io.k8s.api.core.v1.PodDNSConfigOption', 'One resolver option.', {
  name: one('string', 1, 'Name of the option.'),
  value: one('string', 2, 'Value of the option.', { keepsZero: true }),
});
export interface PodDNSConfigOption extends Infer<typeof PodDNSConfigOption> {}

export const PodDNSConfig = message(
  'io.k8s.api.core.v1.PodDNSConfig',
  "What the pod's resolv.conf has beside what its policy gives.",
  {
    nameservers: list('string', 1, 'Addresses of name servers.'),
    searches: list('string', 2, 'Search domains.'),
    options: list(PodDNSConfigOption, 3, 'Resolver options.'),
  },
);
export interface PodDNSConfig extends Infer<typeof PodDNSConfig> {}

export const HostAlias = message('io.k8s.api.core.v1.HostAlias', "A line of the pod's hosts file.", {
  ip: one('string', 1, 'The address.', { required: true }),
  hostnames: list('string', 2, 'Names for it.'),
});
export interface HostAlias extends Infer<typeof HostAlias> {}
