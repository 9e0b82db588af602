import { afterAll, expect } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiserverCommand } from '../../../scripts/services.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { RunningCommand } from '../../cluster/running-command.ts';

const hub = shareCluster();
const directory = mkdtempSync(join(tmpdir(), 'hawser-test-egress-'));
afterAll(() => rmSync(directory, { recursive: true }));

const configuration = (connection: string) => `apiVersion: apiserver.k8s.io/v1beta1
kind: EgressSelectorConfiguration
egressSelections:
- {name: cluster, connection: ${connection}}
`;
const UDS = '{proxyProtocol: HTTPConnect, transport: {uds: {udsName: /run/k.socket}}}';
const PLAIN = '{proxyProtocol: HTTPConnect, transport: {tcp: {url: http://127.0.0.1:8131}}}';

const cases: { name: string; file?: string; flags: string[]; says: string[] }[] = [
  {
    name: 'SSH and a tunnel at once',
    file: configuration(UDS),
    flags: ['--ssh-user', 'hub', '--ssh-keyfile', '/k'],
    says: ['--ssh-user and --egress-selector-config-file contradict each other'],
  },
  {
    name: 'plain TCP, and an SSH that is half said',
    file: configuration(PLAIN),
    flags: ['--ssh-user', 'hub'],
    says: ['service.connection.url: Forbidden: plain HTTP is refused', '--ssh-user without --ssh-keyfile'],
  },
  {
    name: 'a file that is not there',
    flags: ['--egress-selector-config-file', '/nowhere'],
    says: ['unable to read egress selector configuration from "/nowhere"'],
  },
];
for (const { name, file, flags, says } of cases)
  hub.test(`a hub does not start with ${name}, and says why`, async ({ place }) => {
    const path = join(directory, 'egress.yaml');
    if (file !== undefined) writeFileSync(path, file);
    const named = file === undefined ? [] : ['--egress-selector-config-file', path];
    await using command = new RunningCommand([...apiserverCommand(place), ...named, ...flags], {});
    const { exitCode, stderr } = await command.ended();
    expect(exitCode).toBe(2);
    for (const reason of says) expect(stderr).toContain(reason);
  });
