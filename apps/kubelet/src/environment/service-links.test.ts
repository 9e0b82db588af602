import { describe, expect, test } from 'bun:test';
import type { Service } from '@hawser/api';
import { makePod } from '../testing/pods.ts';
import { serviceLinks } from './service-links.ts';

const service = (name: string, spec: object = {}, namespace = 'default'): Service =>
  ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { type: 'ClusterIP', clusterIP: '10.96.1.2', ports: [{ port: 80, protocol: 'TCP' }], ...spec },
  }) as Service;

describe('a pod finds the Services of its namespace', () => {
  test('by the variables that upstream sets', () => {
    const ports = [
      { name: 'http', port: 80, protocol: 'TCP' },
      { name: 'dns-udp', port: 53, protocol: 'UDP' },
    ];
    expect(Object.fromEntries(serviceLinks(makePod(), [service('my-web', { ports })]))).toEqual({
      MY_WEB_SERVICE_HOST: '10.96.1.2',
      MY_WEB_SERVICE_PORT: '80',
      MY_WEB_SERVICE_PORT_HTTP: '80',
      MY_WEB_SERVICE_PORT_DNS_UDP: '53',
      MY_WEB_PORT: 'tcp://10.96.1.2:80',
      MY_WEB_PORT_80_TCP: 'tcp://10.96.1.2:80',
      MY_WEB_PORT_80_TCP_PROTO: 'tcp',
      MY_WEB_PORT_80_TCP_PORT: '80',
      MY_WEB_PORT_80_TCP_ADDR: '10.96.1.2',
      MY_WEB_PORT_53_UDP: 'udp://10.96.1.2:53',
      MY_WEB_PORT_53_UDP_PROTO: 'udp',
      MY_WEB_PORT_53_UDP_PORT: '53',
      MY_WEB_PORT_53_UDP_ADDR: '10.96.1.2',
    });
  });

  test.each<{ name: string; of: Service; pod?: object }>([
    { name: 'of another namespace', of: service('web', {}, 'other') },
    { name: 'without an address', of: service('web', { clusterIP: 'None' }) },
    { name: 'that is a name elsewhere', of: service('web', { type: 'ExternalName', clusterIP: '' }) },
    { name: 'that is the hub', of: service('kubernetes') },
    { name: 'when it does not want to', of: service('web'), pod: { enableServiceLinks: false } },
  ])('but none $name', ({ of, pod }) => {
    expect(serviceLinks(makePod(pod), [of]).size).toBe(0);
  });
});
