import { expect, test } from 'bun:test';
import { sampleEndpoint, samplePort } from '../testing/samples.ts';
import { chooseEndpoints } from './choose-endpoints.ts';
import type { Endpoint } from './endpoint.ts';
import type { ServicePort } from './service-port.ts';
import { externalDisposition, internalDisposition } from './wanted-services.ts';

const leaving = { isReady: false, isServing: true, isTerminating: true };
const gone = { isReady: false, isServing: false, isTerminating: true };
const here = { isLocal: true };
const internalLocal = { internalPolicyLocal: true };
const externalLocal = { externalPolicyLocal: true, nodePort: 30_000 };

interface Case {
  readonly name: string;
  readonly port?: Partial<ServicePort>;
  readonly endpoints: readonly Partial<Endpoint>[];
  /** By their numbers, which are their places in `endpoints`, from 1. */
  readonly cluster?: readonly number[];
  readonly local?: readonly number[];
  readonly internal: string;
  readonly external?: string;
}

test.each<Case>([
  { name: 'ready ones', endpoints: [{}, { isReady: false }, leaving], cluster: [1], internal: 'cluster' },
  {
    name: 'those that still serve, if none is ready',
    endpoints: [leaving, gone],
    cluster: [1],
    internal: 'cluster',
  },
  { name: 'none at all', endpoints: [], internal: 'reject' },
  { name: 'none that is of use', endpoints: [gone, { isReady: false }], internal: 'reject' },
  {
    name: 'internal policy Local: those here',
    port: internalLocal,
    endpoints: [here, {}],
    local: [1],
    internal: 'local',
  },
  {
    name: 'internal policy Local: here those that still serve, though others are ready elsewhere',
    port: internalLocal,
    endpoints: [{ ...here, ...leaving }, {}],
    local: [1],
    internal: 'local',
  },
  {
    name: 'internal policy Local and none here: not answered, since there are some',
    port: internalLocal,
    endpoints: [{}],
    internal: 'drop',
  },
  {
    name: 'internal policy Local and none anywhere: refused',
    port: internalLocal,
    endpoints: [],
    internal: 'reject',
  },
  {
    name: 'external policy Local: outside those here, inside all',
    port: externalLocal,
    endpoints: [here, {}],
    cluster: [1, 2],
    local: [1],
    internal: 'cluster',
    external: 'local',
  },
  {
    name: 'external policy Local and none here: outside not answered, inside all',
    port: externalLocal,
    endpoints: [{}],
    cluster: [1],
    internal: 'cluster',
    external: 'drop',
  },
  {
    name: 'hints for this zone',
    endpoints: [{ zoneHints: ['east'] }, { zoneHints: ['west'] }],
    cluster: [1],
    internal: 'cluster',
  },
  {
    name: 'hints for this node before those for the zone',
    endpoints: [
      { zoneHints: ['east'], nodeHints: ['node-1'] },
      { zoneHints: ['east'], nodeHints: ['node-2'] },
    ],
    cluster: [1],
    internal: 'cluster',
  },
  {
    name: 'hints do not count if one has none',
    endpoints: [{ zoneHints: ['east'] }, {}],
    cluster: [1, 2],
    internal: 'cluster',
  },
  {
    name: 'hints do not count if none is for here',
    endpoints: [{ zoneHints: ['west'] }, { zoneHints: ['west'] }],
    cluster: [1, 2],
    internal: 'cluster',
  },
  {
    name: 'hints of those that are not ready do not matter',
    endpoints: [{ zoneHints: ['east'] }, { zoneHints: ['west'] }, { isReady: false }],
    cluster: [1],
    internal: 'cluster',
  },
])('$name', ({ port, endpoints, cluster = [], local = [], internal, external }) => {
  const all = endpoints.map((more, i) => sampleEndpoint(i + 1, more));
  const chosen = chooseEndpoints(samplePort(port), all, { name: 'node-1', zone: 'east' });
  const numbers = (of: readonly Endpoint[]) => of.map(({ ip }) => Number(ip.split('.')[3]));
  expect({ cluster: numbers(chosen.cluster), local: numbers(chosen.local) }).toEqual({
    cluster: [...cluster],
    local: [...local],
  });
  expect(new Set(numbers(chosen.reachable))).toEqual(new Set([...cluster, ...local]));
  const wanted = { ...samplePort(port), endpoints: chosen };
  expect(internalDisposition(wanted).to as string).toBe(internal);
  if (external !== undefined) expect(externalDisposition(wanted).to as string).toBe(external);
});
