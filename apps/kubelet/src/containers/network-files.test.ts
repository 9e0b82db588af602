import { expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pod } from '@hawser/api';
import { networkFileMounts, resolverOfPods } from './network-files.ts';

const HUB = { address: '10.96.0.1', clusterDomain: 'cluster.local' };

function filesOf(spec: Pod['spec'], ownIp?: string): Record<string, string> {
  const hub = HUB;
  const directory = mkdtempSync(join(tmpdir(), 'hawser-network-files-'));
  try {
    const mounts = networkFileMounts({ metadata: { name: 'web' }, spec } as Pod, directory, { hub, ownIp });
    return Object.fromEntries(
      mounts.map(({ hostPath, containerPath }) => [containerPath, readFileSync(hostPath, 'utf8')]),
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const NODES_OWN = readFileSync('/etc/hosts', 'utf8').trimEnd();
const NAMES = 'kubernetes.default.svc.cluster.local\tkubernetes.default.svc\tkubernetes.default\tkubernetes';

test('every pod finds the API server by the names of its Service', () => {
  const files = filesOf({ containers: [] });
  expect(files).toEqual({
    '/etc/hosts': `${NODES_OWN}\n\n# The Service kubernetes in default.\n10.96.0.1\t${NAMES}\n`,
  });
});

test("a pod's own entries come before", () => {
  const hostAliases = [{ ip: '1.2.3.4', hostnames: ['a', 'kubernetes'] }];
  const { '/etc/hosts': hosts = '' } = filesOf({ containers: [], hostAliases });
  expect(hosts.slice(NODES_OWN.length).split('\n')).toEqual([
    '',
    '',
    '# Entries added by HostAliases.',
    '1.2.3.4\ta\tkubernetes',
    '',
    '# The Service kubernetes in default.',
    `10.96.0.1\t${NAMES}`,
    '',
  ]);
});

test("a pod that asks for nothing has the node's files where the API server has no address", () => {
  const directory = mkdtempSync(join(tmpdir(), 'hawser-network-files-'));
  expect(
    networkFileMounts({ spec: { containers: [] } } as unknown as Pod, directory, {
      hub: undefined,
      ownIp: undefined,
    }),
  ).toEqual([]);
  rmSync(directory, { recursive: true });
});

test('a pod with an address of its own finds itself, and none of the names of its node', () => {
  const { '/etc/hosts': hosts = '' } = filesOf({ hostname: 'db', containers: [] }, '10.244.1.5');
  expect(hosts).toContain('127.0.0.1\tlocalhost\n');
  expect(hosts).toContain('10.244.1.5\tdb\n');
  expect(hosts).toContain('10.96.0.1\tkubernetes.default.svc.cluster.local');
  expect(hosts).toStartWith('# Kubernetes-managed hosts file.\n');
});

const RESOLVED = '/run/systemd/resolve/resolv.conf';
const resolvers = [
  {
    name: 'servers on the network',
    node: 'nameserver 10.0.0.53\n',
    resolved: 'nameserver 1.1.1.1\n',
    is: '/etc/resolv.conf',
  },
  {
    name: 'only one on its loopback',
    node: 'nameserver 127.0.0.53\n',
    resolved: 'nameserver 1.1.1.1\n',
    is: RESOLVED,
  },
  {
    name: 'only one on its loopback, and nothing else is known',
    node: 'nameserver 127.0.0.1\n',
    resolved: '',
    is: '/etc/resolv.conf',
  },
  { name: 'no server', node: 'search a\n', resolved: 'nameserver 1.1.1.1\n', is: '/etc/resolv.conf' },
];
for (const { name, node, resolved, is } of resolvers)
  test(`a pod with an address of its own asks by ${is} where the node has ${name}`, () => {
    expect(resolverOfPods((path) => (path === RESOLVED ? resolved : node))).toBe(is);
  });
