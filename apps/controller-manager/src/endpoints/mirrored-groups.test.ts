import { describe, expect, test } from 'bun:test';
import type { Endpoints } from '@hawser/api';
import { service } from './endpoints.testing.ts';
import { isMirrored, mirrorAnnotations, mirroredGroups, mirrorLabels } from './mirrored-groups.ts';

const endpoints = (content: object = {}, metadata: object = {}): Endpoints =>
  ({
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'web', namespace: 'a', ...metadata },
    ...content,
  }) as Endpoints;
const selectorless = service({ selector: undefined });

describe('Endpoints are mirrored', () => {
  const leader = { annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } };
  const skipped = { labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } };
  test.each([
    { name: 'of a Service without a selector', object: endpoints(), of: selectorless, expected: true },
    { name: 'of a Service with one', object: endpoints(), of: service(), expected: false },
    { name: 'without a Service', object: endpoints(), of: undefined, expected: false },
    { name: 'that ask not to be', object: endpoints({}, skipped), of: selectorless, expected: false },
    {
      name: 'by which leaders are elected',
      object: endpoints({}, leader),
      of: selectorless,
      expected: false,
    },
  ])('$name: $expected', ({ object, of, expected }) => expect(isMirrored(object, of)).toBe(expected));
});

test('each family and each set of ports is a group', () => {
  const object = endpoints({
    subsets: [
      {
        addresses: [{ ip: '10.1.0.1', hostname: 'h' }, { ip: '2001:db8::1' }],
        notReadyAddresses: [{ ip: '10.1.0.2', nodeName: 'n' }],
        ports: [{ port: 80 }],
      },
      { addresses: [{ ip: '10.1.0.3' }], ports: [{ port: 81, name: 'x', protocol: 'UDP' }] },
    ],
  });
  expect(mirroredGroups(object, 1000)).toEqual([
    {
      addressType: 'IPv4',
      ports: [{ name: '', protocol: 'TCP', port: 80 }],
      endpoints: [
        { addresses: ['10.1.0.1'], conditions: { ready: true }, hostname: 'h' },
        { addresses: ['10.1.0.2'], conditions: { ready: false }, nodeName: 'n' },
      ],
    },
    {
      addressType: 'IPv6',
      ports: [{ name: '', protocol: 'TCP', port: 80 }],
      endpoints: [{ addresses: ['2001:db8::1'], conditions: { ready: true } }],
    },
    {
      addressType: 'IPv4',
      ports: [{ name: 'x', protocol: 'UDP', port: 81 }],
      endpoints: [{ addresses: ['10.1.0.3'], conditions: { ready: true } }],
    },
  ]);
  expect(mirroredGroups(object, 1).map(({ endpoints }) => endpoints.length)).toEqual([1, 1]);
});

test('labels and annotations go along, except those that speak of the object itself', () => {
  const annotations = {
    a: 'b',
    'endpoints.kubernetes.io/last-change-trigger-time': '2024-01-01T00:00:00Z',
    'kubectl.kubernetes.io/last-applied-configuration': '{}',
  };
  const object = endpoints({}, { labels: { l: 'v' }, annotations });
  expect(mirrorAnnotations(object)).toEqual({ a: 'b' });
  expect(mirrorLabels(object, 'm')).toEqual({
    l: 'v',
    'kubernetes.io/service-name': 'web',
    'endpointslice.kubernetes.io/managed-by': 'm',
  });
});
