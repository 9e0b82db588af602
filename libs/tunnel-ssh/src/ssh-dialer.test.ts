import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistry, silentLogger } from '@hawser/observability';
import { FakeClock, writeFileAtomic } from '@hawser/runtime';
import { generateSshKeyPair } from './generate-key-pair.ts';
import { SshDialer } from './ssh-dialer.ts';

const directory = mkdtempSync(join(tmpdir(), 'hawser-test-'));
afterAll(() => rmSync(directory, { recursive: true }));
const keyFile = join(directory, 'key');
writeFileAtomic(keyFile, generateSshKeyPair().private, 0o600);

/** A dialer whose nodes have no host keys: it says of each that it does not go through. */
const dialerOf = (...names: string[]) =>
  new SshDialer({
    ...{ user: 'hawser-tunnel', keyFile, port: 22, knownHostsFile: undefined },
    nodes: () => names.map((name) => ({ name, host: '10.0.0.1', hostKeys: undefined })),
    checkAddress: async (host) => host,
    ...{ registry: createRegistry(), clock: new FakeClock(), logger: silentLogger },
  });
const target = { host: '10.0.0.1', port: 10250 };

test('what is on a node goes through its own tunnel, whoever else claims the address', async () => {
  using dialer = dialerOf('node-1', 'node-2');
  for (const node of ['node-1', 'node-2'])
    await expect(dialer.dial({ ...target, node })).rejects.toThrow(
      new RegExp(`^ssh: node "${node}" [^;]*its host key is not known[^;]*$`),
    );
});

test('what is on a node that has no tunnel goes through no other', async () => {
  using dialer = dialerOf('node-1');
  await expect(dialer.dial({ ...target, node: 'node-2' })).rejects.toThrow(
    'ssh: node "node-2": dial tcp 10.0.0.1:10250: the node has no tunnel',
  );
});

test('what is on no node in particular is tried through several', async () => {
  using dialer = dialerOf('node-1', 'node-2');
  await expect(dialer.dial(target)).rejects.toThrow(/"node-1".*; .*"node-2"/);
});
