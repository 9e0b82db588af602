import { describe, expect, test } from 'bun:test';
import type { Node } from '@hawser/api';
import { parseAddress, parseCidr } from './address-range.ts';
import { ClusterAddresses, placeOf } from './cluster-addresses.ts';
import { type ClaimRules, decideClaims } from './decide-claims.ts';
import { NO_GRANTS, parseAgentGrants, parseGrants } from './grants.ts';
import { type ClaimFault, parseIdentifiers } from './parse-identifiers.ts';

interface NodeFacts {
  readonly addresses?: string[];
  readonly podCIDRs?: string[];
  readonly allowed?: string;
  readonly going?: boolean;
}

function node(name: string, { addresses = [], podCIDRs = [], allowed, going }: NodeFacts): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      ...(going ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
      ...(allowed === undefined ? {} : { annotations: { 'hawser.dev/allowed-addresses': allowed } }),
    },
    spec: { podCIDRs },
    status: {
      addresses: addresses.map((address) => ({
        type: /^[\d.:]+$/.test(address) ? 'InternalIP' : 'Hostname',
        address,
      })),
    },
  };
}

const NODES = [
  node('node-1', {
    addresses: ['10.0.0.1', 'fd00::1', 'node-1', 'shared', '10.0.0.99', '127.0.0.1'],
    podCIDRs: ['10.244.1.0/24'],
  }),
  node('node-2', { addresses: ['10.0.0.2', '10.0.0.99', 'shared'], podCIDRs: ['10.244.2.0/24'] }),
  node('thief', {
    addresses: [
      '10.0.0.2',
      '10.244.1.7',
      '192.0.2.10',
      '10.96.0.1',
      'hub.example.com',
      'node-2',
      'localhost',
    ],
    podCIDRs: ['10.244.0.0/16'],
  }),
  node('granted', { addresses: ['10.0.0.4'], allowed: '10.0.0.99, 172.16.0.0/12, db.example.com' }),
  node('gone', { addresses: ['10.0.0.5'], going: true }),
];

const foreign = {
  hubAddresses: ['192.0.2.10', 'hub.example.com'],
  serviceRanges: [parseCidr('10.96.0.0/16')!],
};
const cluster = new ClusterAddresses(
  NODES.flatMap((each) => placeOf(each) ?? []),
  foreign,
);
const quiet: ClaimRules = { serveNodePodCidrs: false };

function decide(nodeName: string | undefined, identifiers: string, grants = NO_GRANTS) {
  const { claims } = parseIdentifiers(identifiers);
  const claimant = { grants, ...(nodeName === undefined ? {} : { nodeName }) };
  const { routes, rejected } = decideClaims(claims, claimant, cluster, quiet);
  return { taken: routes.length, rejected: rejected.map(({ reason }) => reason) };
}

describe('an agent gets what belongs to its Node', () => {
  const own = [
    'ipv4=10.0.0.1',
    'host=10.0.0.1',
    'ipv6=fd00:0::1',
    'host=NODE-1',
    'cidr=10.0.0.1/32',
    'cidr=10.244.1.128/25',
  ];
  for (const identifiers of [...own, 'ipv4=10.244.1.9'])
    test(identifiers, () => {
      // Within 10.244.0.0/16, which the thief says to be its own too, nothing is anybody's.
      const contested = identifiers.includes('10.244');
      expect(decide('node-1', identifiers)).toEqual(
        contested ? { taken: 0, rejected: ['other_node'] } : { taken: 1, rejected: [] },
      );
    });
});

const refused: { claim: string; of: string | undefined; because: ClaimFault }[] = [
  { of: 'node-1', claim: 'ipv4=10.0.0.2', because: 'not_of_node' },
  { of: 'node-1', claim: 'ipv4=10.0.0.99', because: 'other_node' },
  { of: 'node-1', claim: 'host=shared', because: 'other_node' },
  { of: 'node-1', claim: 'host=node-2', because: 'not_of_node' },
  { of: 'node-1', claim: 'ipv4=127.0.0.1', because: 'reserved' },
  { of: 'node-1', claim: 'cidr=127.0.0.1/32', because: 'reserved' },
  { of: 'node-1', claim: 'cidr=10.0.0.0/31', because: 'not_of_node' },
  { of: 'node-1', claim: 'cidr=10.244.0.0/16', because: 'not_of_node' },
  { of: 'node-1', claim: 'default-route=true', because: 'not_granted' },
  { of: 'thief', claim: 'ipv4=10.0.0.2', because: 'other_node' },
  { of: 'thief', claim: 'ipv4=10.244.1.7', because: 'other_node' },
  { of: 'thief', claim: 'ipv4=192.0.2.10', because: 'hub_address' },
  { of: 'thief', claim: 'ipv4=10.96.0.1', because: 'service_range' },
  { of: 'thief', claim: 'host=hub.example.com', because: 'hub_address' },
  { of: 'thief', claim: 'host=node-2', because: 'other_node' },
  { of: 'thief', claim: 'host=localhost', because: 'reserved' },
  { of: 'granted', claim: 'cidr=172.0.0.0/8', because: 'not_of_node' },
  { of: 'gone', claim: 'ipv4=10.0.0.5', because: 'no_node' },
  { of: 'nowhere', claim: 'ipv4=10.0.0.1', because: 'no_node' },
  { of: undefined, claim: 'ipv4=10.0.0.1', because: 'not_granted' },
];
describe('an agent does not get', () => {
  for (const { of, claim, because } of refused)
    test(`${claim} of ${of ?? 'no node'}: ${because}`, () => {
      expect(decide(of, claim)).toEqual({ taken: 0, rejected: [because] });
    });
});

test('the operator’s word stands above the rules', () => {
  for (const claim of ['ipv4=10.0.0.99', 'cidr=172.16.1.0/24', 'host=db.example.com'])
    expect(decide('granted', claim)).toEqual({ taken: 1, rejected: [] });
  const faults: string[] = [];
  const grants = parseAgentGrants(['edge:a=10.50.0.0/16', 'edge:a=default-route', 'nonsense'], faults);
  expect(faults).toEqual([expect.stringContaining('invalid value "nonsense" for --agent-grants')]);
  const ofEdge = grants.get('edge:a')!;
  expect(decide(undefined, 'ipv4=10.50.3.4&default-route=true&ipv4=10.51.0.1', ofEdge)).toEqual({
    taken: 2,
    rejected: ['not_granted'],
  });
  expect(parseGrants(['::/0']).defaultRoute).toBe(true);
});

test('nothing of a Node is believed before the Nodes are known', () => {
  const { claims } = parseIdentifiers('ipv4=10.0.0.1');
  const { rejected } = decideClaims(claims, { nodeName: 'node-1', grants: NO_GRANTS }, undefined, quiet);
  expect(rejected.map(({ reason }) => reason)).toEqual(['nodes_unknown']);
});

describe('without claiming it', () => {
  const alone = new ClusterAddresses(
    NODES.slice(0, 2).flatMap((each) => placeOf(each) ?? []),
    foreign,
  );
  const claimant = { nodeName: 'node-1', grants: NO_GRANTS };
  const pods = { to: parseCidr('10.244.1.0/24')!, granted: false };

  test('an agent serves the pods of its Node', () => {
    const { claims } = parseIdentifiers('host=node-1');
    const { routes } = decideClaims(claims, claimant, alone, { serveNodePodCidrs: true });
    expect(routes).toEqual([{ to: 'node-1', granted: false }, pods]);
    expect(decideClaims(claims, claimant, alone, quiet).routes).toHaveLength(1);
  });

  test('an agent that claims nothing, as upstream’s, serves its Node, but for what is not its own', () => {
    const { routes, rejected } = decideClaims([], claimant, alone, { serveNodePodCidrs: true });
    const own = [parseAddress('10.0.0.1')!, parseAddress('fd00::1')!, 'node-1'];
    expect(rejected).toEqual([]);
    expect(new Set(routes)).toEqual(new Set([pods, ...own.map((to) => ({ to, granted: false }))]));
  });

  test('an agent of no Node serves nothing', () => {
    expect(decideClaims([], { grants: NO_GRANTS }, alone, { serveNodePodCidrs: true }).routes).toEqual([]);
  });
});
