import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildKubeconfig, loadKubeconfig, writeKubeconfig } from '@hawser/client';
import { pointAtHub } from './node-credentials.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hawser-credentials-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('a node that has joined is told where the hub is when network or port have changed, and which file says whom to trust', () => {
  const file = join(directory, 'kubelet.kubeconfig');
  const before = buildKubeconfig({
    server: 'https://127.0.0.1:6443',
    certificateAuthority: { data: 'PEM' },
    clientCertificate: { file: '/pki/kubelet-client-current.pem' },
    userName: 'system:node:node-1',
  });
  writeKubeconfig(file, before);
  const place = { home: '/home/cluster', port: 7443, network: 'netns' } as const;
  pointAtHub(file, place);
  const after = loadKubeconfig(file);
  expect(after.clusters[0]!.cluster).toEqual({
    server: 'https://10.77.0.1:7443',
    'certificate-authority': '/home/cluster/pki/ca-bundle.crt',
  });
  expect(after.users).toEqual(before.users);
  const { mtimeNs } = statSync(file, { bigint: true });
  pointAtHub(file, place);
  expect(statSync(file, { bigint: true }).mtimeNs).toBe(mtimeNs);
});
