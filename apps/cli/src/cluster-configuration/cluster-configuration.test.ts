import { expect, test } from 'bun:test';
import {
  type ClusterConfiguration,
  formatClusterConfiguration,
  parseClusterConfiguration,
} from './cluster-configuration.ts';

const networking = { dnsDomain: 'cluster.local', podSubnet: '10.244.0.0/16', serviceSubnet: '10.96.0.0/16' };
const whole: ClusterConfiguration = {
  networking,
  konnectivity: { server: 'hub.example:8132', certificateAuthority: 'PEM\n' },
  nats: { server: 'tls://hub.example:4222', certificateAuthority: 'PEM\n' },
};

test.each([whole, { networking, konnectivity: undefined, nats: undefined }])('reads back', (configuration) =>
  expect(parseClusterConfiguration(formatClusterConfiguration(configuration))).toEqual(configuration),
);

const HEAD = 'apiVersion: hawser.dev/v1alpha1\nkind: ClusterConfiguration\n';
test.each([
  { text: 'kind: ConfigMap', says: 'expected a ClusterConfiguration' },
  { text: '', says: 'expected a ClusterConfiguration' },
  { text: HEAD, says: 'networking is not complete' },
  {
    text: `${HEAD}networking: ${JSON.stringify(networking)}\nkonnectivity: {server: a}`,
    says: 'konnectivity is not complete',
  },
  {
    text: `${HEAD}networking: ${JSON.stringify({ ...networking, dnsDomain: '--anonymous-auth' })}`,
    says: 'networking is not complete',
  },
])('refuses $text: $says', ({ text, says }) => expect(() => parseClusterConfiguration(text)).toThrow(says));
