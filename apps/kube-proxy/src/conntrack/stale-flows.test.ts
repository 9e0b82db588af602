import { expect, test } from 'bun:test';
import { sampleEndpoint, wantedPort } from '../testing/samples.ts';
import { parseFlows } from './flow-cleaner.ts';
import { staleFlows } from './stale-flows.ts';

const leaving = sampleEndpoint(2, { isReady: false, isTerminating: true });
const base = wantedPort([sampleEndpoint(1)], { protocol: 'UDP', port: 53, nodePort: 30_053 });
const dns = { ...base, endpoints: { ...base.endpoints, serving: [sampleEndpoint(1), leaving] } };

const FLOWS = {
  'to its endpoint': '10.244.0.5 10.96.0.9 40000 53 10.0.0.1 8080',
  'to an endpoint on its way out': '10.244.0.5 10.96.0.9 40001 53 10.0.0.2 8080',
  'to an endpoint that is gone': '10.244.0.5 10.96.0.9 40002 53 10.0.0.3 8080',
  'to nobody, from before there was an endpoint': '10.244.0.5 10.96.0.9 40003 53 10.96.0.9 53',
  'to a node port and an endpoint that is gone': '192.0.2.7 192.0.2.1 40004 30053 10.0.0.3 8080',
  'to the same port of somebody else': '10.244.0.5 198.51.100.1 40005 30053 198.51.100.1 30053',
  'to another Service’s port': '10.244.0.5 10.96.0.9 40006 54 10.96.0.9 54',
};

test('flows to a UDP port whose endpoint is gone, or was not there, are stale, and no others', () => {
  const flows = parseFlows(`${Object.values(FLOWS).join('\n')}\n`);
  const names = Object.keys(FLOWS);
  const stale = staleFlows(flows, [dns, wantedPort([], { port: 54 })], ['192.0.2.1']);
  expect(stale.map((flow) => names[flows.indexOf(flow)]!)).toEqual([
    'to an endpoint that is gone',
    'to nobody, from before there was an endpoint',
    'to a node port and an endpoint that is gone',
  ]);
});
