import { expect, test } from 'bun:test';
import type { WantedPort } from '../services/wanted-services.ts';
import { sampleEndpoint, wantedPort } from '../testing/samples.ts';
import type { NftablesSettings } from './base-rules.ts';
import { generateRuleset } from './generate-ruleset.ts';
import { EMPTY_TABLE } from './ruleset.ts';
import { changeTransaction, wholeTransaction } from './transaction.ts';

const settings: NftablesSettings = {
  ...{ family: 'IPv4', masqueradeBit: 14, masqueradeAll: false },
  ...{ clusterCidr: '10.244.0.0/16', nodePortAddresses: ['192.0.2.1'] },
};
const rules = (...ports: WantedPort[]) => generateRuleset(ports, settings);
const change = (before: WantedPort[], after: WantedPort[]) =>
  changeTransaction(rules(...before), rules(...after), 'IPv4');
const one = sampleEndpoint(1);
const two = sampleEndpoint(2);

test('where nothing has changed nothing is to be done', () => {
  expect(change([wantedPort([one])], [wantedPort([one])])).toEqual({ script: '', stale: [] });
});

test('an endpoint that comes touches the chain that chooses, and its own', () => {
  const { script, stale } = change([wantedPort([one])], [wantedPort([one, two])]);
  expect(stale).toEqual([]);
  const commands = script
    .trim()
    .split('\n')
    .map((line) => line.split(' ').slice(0, 5).join(' '));
  const [service, endpoint] = ['service', 'endpoint'].map((kind) =>
    script.match(new RegExp(`${kind}-\\w+-ns/web/tcp/\\S*`, 'g'))!.at(-1),
  );
  expect(commands).toEqual([
    `add chain ip kube-proxy ${endpoint}`,
    `flush chain ip kube-proxy ${service}`,
    `flush chain ip kube-proxy ${endpoint}`,
    ...Array(3).fill(`add rule ip kube-proxy ${service}`),
    ...Array(2).fill(`add rule ip kube-proxy ${endpoint}`),
  ]);
  expect(script).not.toContain('element');
});

test('whoever finds nothing in the map of the lot, as while rules change, goes to an endpoint all the same', () => {
  const { script } = change([], [wantedPort([one, two])]);
  const rules = script.split('\n').filter((line) => /^add rule ip kube-proxy service-/.test(line));
  expect(rules.at(-2)).toContain('numgen random mod 2 vmap');
  expect(rules.at(-1)).toMatch(/ goto endpoint-\w+-ns\/web\/tcp\/__10\.0\.0\.1\/8080$/);
});

test('an endpoint that goes leaves an empty chain, to be deleted later', () => {
  const { script, stale } = change([wantedPort([one, two])], [wantedPort([one])]);
  expect(stale).toEqual([expect.stringMatching(/^endpoint-\w+-ns\/web\/tcp\/__10\.0\.0\.2\/8080$/)]);
  expect(script).toContain(`flush chain ip kube-proxy ${stale[0]}\n`);
  expect(script).not.toContain('delete');
});

test('a port without endpoints is refused, by its entry in another map', () => {
  const { script } = change([wantedPort([one])], [wantedPort([])]);
  expect(script).toContain('delete element ip kube-proxy service-ips { 10.96.0.9 . tcp . 80 : goto service-');
  expect(script).toContain(
    'add element ip kube-proxy no-endpoint-services { 10.96.0.9 . tcp . 80 : goto reject-chain }',
  );
});

test('clients that are to be kept are forgotten with their endpoint, or when they are to be kept another time', () => {
  const before = wantedPort([one, two], { affinitySeconds: 10 });
  const sets = (script: string) => script.match(/(add|delete) set ip kube-proxy affinity-\S+/g) ?? [];
  expect(sets(change([before], [wantedPort([one], { affinitySeconds: 10 })]).script)).toEqual([
    expect.stringContaining('delete set'),
  ]);
  const other = sets(change([before], [wantedPort([one, two], { affinitySeconds: 20 })]).script);
  expect(other.map((command) => command.split(' ')[0]!).sort()).toEqual(['add', 'add', 'delete', 'delete']);
});

test('a whole table takes over what it finds: strangers’ chains are emptied, kept clients stay', () => {
  const wanted = rules(wantedPort([one], { affinitySeconds: 10 }));
  const kept = [...wanted.collections.keys()].find((name) => name.startsWith('affinity-'))!;
  const found = {
    chains: ['services', 'service-OLD-ns/old', 'my-own'],
    sets: [kept, 'affinity-OLD', 'cluster-ips'],
    maps: ['service-ips'],
  };
  const { script, stale } = wholeTransaction(found, wanted, 'IPv4');
  expect(stale).toEqual(['service-OLD-ns/old']);
  expect(script).toContain('flush chain ip kube-proxy service-OLD-ns/old\n');
  expect(script).toContain('delete set ip kube-proxy affinity-OLD\n');
  expect(script).not.toContain(`flush set ip kube-proxy ${kept}`);
  expect(script).not.toContain('my-own');
  expect(script.indexOf('flush map ip kube-proxy service-ips')).toBeLessThan(
    script.indexOf('add element ip kube-proxy service-ips'),
  );
});

test('the same rules in the words of IPv6', () => {
  const endpoint = sampleEndpoint(1, { ip: 'fd00::1' });
  const port = wantedPort([endpoint], { clusterIP: 'fd00:96::9', affinitySeconds: 10 });
  const six = {
    ...settings,
    family: 'IPv6',
    clusterCidr: 'fd00:244::/64',
    nodePortAddresses: undefined,
  } as const;
  const { script } = wholeTransaction(EMPTY_TABLE, generateRuleset([port], six), 'IPv6');
  expect(script).toContain('dnat to [fd00::1]:8080');
  expect(script).toContain('ip6 daddr != ::1');
  expect(script.replaceAll('ip6', '')).not.toMatch(/\bip\b|ipv4/);
});

test('names that no Service can have do not become commands', () => {
  const odd = wantedPort([one], { service: 'ns/a }\nflush ruleset', portName: 'b"; #' });
  const { script } = wholeTransaction(EMPTY_TABLE, rules(odd), 'IPv4');
  expect(script).not.toContain('flush ruleset');
  expect(script).toMatch(/^add chain ip kube-proxy service-\w+-ns\/a___flush_ruleset\/tcp\/b____$/m);
});
