import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homeLayout } from '@hawser/config';
import { parseCertificate } from '@hawser/pki';
import { FakeClock } from '@hawser/runtime';
import { parse } from 'yaml';
import { parseClusterConfiguration } from '../cluster-configuration/cluster-configuration.ts';
import { createProgram } from '../program.ts';

let home: string;
beforeEach(() => {
  home = join(mkdtempSync(join(tmpdir(), 'hawser-init-')), 'home');
});
afterEach(() => rmSync(join(home, '..'), { recursive: true }));

async function init(...flags: string[]): Promise<void> {
  const program = createProgram({
    environment: { home, port: 6443, path: '' },
    clock: new FakeClock('2026-01-01T00:00:00Z'),
    print: () => {},
    printError: () => {},
    signal: new AbortController().signal,
  });
  await program.parseAsync(['init', ...flags], { from: 'user' });
}

function outcome() {
  const { pki, hub, nats } = homeLayout(home);
  const file = join(hub.manifests, 'cluster-configuration.yaml');
  const { data } = parse(readFileSync(file, 'utf8'));
  return {
    names: parseCertificate(readFileSync(pki.apiserver.certificate, 'utf8')).dnsNames,
    told: parseClusterConfiguration(data.ClusterConfiguration),
    nats: readFileSync(nats.config, 'utf8'),
  };
}

const FLAGS = [
  ...['--apiserver-cert-extra-sans', 'api.example', '--control-plane-endpoint', 'hub.example'],
  ...['--egress', 'konnectivity', '--nats-bind-address', '192.0.2.1'],
];

test('what was told once stays, though the command is typed without it the next time', async () => {
  await init(...FLAGS);
  const before = outcome();
  expect(before.names).toEqual(expect.arrayContaining(['api.example', 'hub.example']));
  expect(before.told.konnectivity?.server).toBe('hub.example:8132');
  expect(before.nats).toContain('192.0.2.1');
  await init('--node', 'node-1');
  const { names, told } = outcome();
  expect({ names, told }).toEqual({ names: before.names, told: before.told });
  expect(outcome().nats).toContain('192.0.2.1');
});

test('what is told anew counts, and leaves the rest as it is', async () => {
  await init(...FLAGS);
  await init('--egress', 'direct');
  const { told } = outcome();
  expect(told.konnectivity).toBeUndefined();
  expect(told.nats?.server).toBe('tls://hub.example:4222');
});

test('what it was told last must be readable', async () => {
  await init();
  writeFileSync(join(home, 'init.json'), '{');
  await expect(init()).rejects.toThrow('init.json cannot be read');
});
