import { expect, test } from 'bun:test';
import { samplePort, sampleService } from '../testing/samples.ts';
import { servicePortsOf } from './service-port.ts';

const ports = [{ name: 'a', port: 80, protocol: 'TCP', nodePort: 30_001 }];
const named = { portName: 'a', nodePort: 30_001 };

test.each<{ name: string; spec: object; labels?: Record<string, string>; expected: object[] }>([
  { name: 'a ClusterIP', spec: {}, expected: [samplePort()] },
  {
    name: 'several ports, each by itself',
    spec: {
      ports: [
        { name: 'a', port: 53, protocol: 'UDP' },
        { name: 'b', port: 53, protocol: 'TCP' },
      ],
    },
    expected: [
      samplePort({ portName: 'a', port: 53, protocol: 'UDP' }),
      samplePort({ portName: 'b', port: 53 }),
    ],
  },
  { name: 'a headless Service is none', spec: { clusterIP: 'None', clusterIPs: ['None'] }, expected: [] },
  { name: 'an ExternalName is none', spec: { type: 'ExternalName', clusterIPs: undefined }, expected: [] },
  {
    name: 'another proxy’s is none',
    spec: {},
    labels: { 'service.kubernetes.io/service-proxy-name': 'mesh' },
    expected: [],
  },
  {
    name: 'one that says to be headless is none',
    spec: {},
    labels: { 'service.kubernetes.io/headless': '' },
    expected: [],
  },
  {
    name: 'a NodePort with policy Local',
    spec: { type: 'NodePort', ports, externalTrafficPolicy: 'Local' },
    expected: [samplePort({ ...named, externalPolicyLocal: true })],
  },
  {
    name: 'external addresses of the family, each once',
    spec: { externalIPs: ['192.0.2.1', 'fd00::1', '192.0.2.1'], externalTrafficPolicy: 'Local' },
    expected: [samplePort({ externalIPs: ['192.0.2.1'], externalPolicyLocal: true })],
  },
  {
    name: 'session affinity with its timeout',
    spec: { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 7 } } },
    expected: [samplePort({ affinitySeconds: 7 })],
  },
  {
    name: 'internal policy Local',
    spec: { internalTrafficPolicy: 'Local' },
    expected: [samplePort({ internalPolicyLocal: true })],
  },
  {
    name: 'the ClusterIP of the family, of two',
    spec: { clusterIPs: ['fd00::9', '10.96.0.9'] },
    expected: [samplePort()],
  },
])('$name', ({ spec, labels, expected }) => {
  expect(servicePortsOf(sampleService(spec, labels), 'IPv4')).toEqual(expected as never);
});

test('a load balancer’s addresses are virtual IPs unless it says that they are its own', () => {
  const service = sampleService({
    type: 'LoadBalancer',
    externalTrafficPolicy: 'Local',
    healthCheckNodePort: 30_009,
    loadBalancerSourceRanges: [' 10.0.0.0/8', 'fd00::/8'],
  });
  service.status = {
    loadBalancer: {
      ingress: [
        { ip: '192.0.2.7' },
        { ip: '192.0.2.8', ipMode: 'VIP' },
        { ip: '192.0.2.9', ipMode: 'Proxy' },
        { hostname: 'a' },
      ],
    },
  };
  expect(servicePortsOf(service, 'IPv4')).toMatchObject([
    {
      loadBalancerIPs: ['192.0.2.7', '192.0.2.8'],
      loadBalancerSourceRanges: ['10.0.0.0/8'],
      healthCheckNodePort: 30_009,
    },
  ]);
});

test('what is no address or range gets nowhere', () => {
  const service = sampleService({
    type: 'LoadBalancer',
    externalIPs: ['192.0.2.1', '192.0.2.2; flush ruleset', 'a', '192.0.2.0/24'],
    loadBalancerSourceRanges: [
      '10.0.0.0/8 } drop; flush ruleset',
      '10.0.0.0/33',
      '10.0.0.0/8/8',
      '192.0.2.0/24',
    ],
  });
  expect(servicePortsOf(service, 'IPv4')).toMatchObject([
    { externalIPs: ['192.0.2.1'], loadBalancerSourceRanges: ['192.0.2.0/24'] },
  ]);
});
