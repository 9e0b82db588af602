import { expect, test } from 'bun:test';
import { sampleEndpoint, sampleSlice } from '../testing/samples.ts';
import { endpointKey, endpointsByPort } from './endpoint.ts';

const KEY = 'ns/web::TCP';
const endpoints = (...slices: ReturnType<typeof sampleSlice>[]) =>
  endpointsByPort(slices, 'IPv4', 'node-1').get(KEY);

test('what slices say of one Service is put together, each address and port once, in order', () => {
  const first = sampleSlice([{ addresses: ['10.0.0.2'] }, { addresses: ['10.0.0.1'], nodeName: 'node-1' }]);
  const second = sampleSlice([{ addresses: ['10.0.0.1'] }, { addresses: ['10.0.0.3', '10.0.0.4'] }]);
  const expected = [sampleEndpoint(1, { isLocal: true }), sampleEndpoint(2), sampleEndpoint(3)];
  expect(endpoints(first, second)).toEqual(expected);
  expect(endpoints(second, first)).toEqual(expected);
});

test.each([
  { name: 'nothing known is ready and serving', conditions: undefined, expected: {} },
  { name: 'not ready', conditions: { ready: false }, expected: { isReady: false } },
  {
    name: 'on its way out but serving',
    conditions: { ready: false, serving: true, terminating: true },
    expected: { isReady: false, isTerminating: true },
  },
  {
    name: 'on its way out',
    conditions: { ready: false, serving: false, terminating: true },
    expected: { isReady: false, isServing: false, isTerminating: true },
  },
])('conditions: $name', ({ conditions, expected }) => {
  expect(endpoints(sampleSlice([{ addresses: ['10.0.0.1'], conditions }]))).toEqual([
    sampleEndpoint(1, expected),
  ]);
});

test('hints are kept; what is of another family, of no Service or has no port or address is left out', () => {
  const hints = { forZones: [{ name: 'z' }], forNodes: [{ name: 'n' }] };
  const one = sampleSlice([
    { addresses: ['10.0.0.1'], hints },
    { addresses: [] },
    { addresses: ['fd00::1'] },
  ]);
  const others = [
    sampleSlice([{ addresses: ['10.0.0.8'] }], { ports: [{ name: '', protocol: 'TCP' }] }),
    sampleSlice([{ addresses: ['10.0.0.8'] }], { metadata: { name: 'b', namespace: 'ns' } }),
    sampleSlice([{ addresses: ['10.0.0.8'] }], { addressType: 'IPv6' }),
    sampleSlice([{ addresses: ['a.example'] }], { addressType: 'FQDN' }),
  ];
  expect(endpoints(one, ...others)).toEqual([sampleEndpoint(1, { zoneHints: ['z'], nodeHints: ['n'] })]);
});

test('an address of either family and a port make one text', () => {
  expect([endpointKey({ ip: '10.0.0.1', port: 80 }), endpointKey({ ip: 'fd00::1', port: 80 })]).toEqual([
    '10.0.0.1:80',
    '[fd00::1]:80',
  ]);
});
