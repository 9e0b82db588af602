import { expect, test } from 'bun:test';
import { buildKubeconfig, type Material } from '@hawser/client';
import { takeAuthority } from './follow-cluster.ts';

const DATA = Buffer.from('new').toString('base64');
const kubeconfig = (certificateAuthority: Material) =>
  buildKubeconfig({
    server: 'https://hub.example:6443',
    certificateAuthority,
    token: { data: 'x' },
    userName: 'kubelet',
  });
const clusterOf = ({ clusters }: ReturnType<typeof kubeconfig>) => clusters[0]!.cluster;

test('certificates in a kubeconfig give way to those of now', () => {
  const embedded = kubeconfig({ data: 'old' });
  expect(takeAuthority(embedded, 'new')).toBe(true);
  expect(clusterOf(embedded)['certificate-authority-data']).toBe(DATA);
  expect(takeAuthority(embedded, 'new')).toBe(false);
});

test('a kubeconfig that names the file of the CA stays as it is', () => {
  const named = kubeconfig({ file: '/var/lib/kubelet/ca.crt' });
  const before = structuredClone(named);
  expect(takeAuthority(named, 'new')).toBe(false);
  expect(named).toEqual(before);
});

test('one that has both names the file alone afterwards: kubectl takes no other', () => {
  const both = kubeconfig({ file: '/var/lib/kubelet/ca.crt' });
  clusterOf(both)['certificate-authority-data'] = DATA;
  expect(takeAuthority(both, 'new')).toBe(true);
  expect(clusterOf(both)).not.toHaveProperty('certificate-authority-data');
  expect(clusterOf(both)['certificate-authority']).toBe('/var/lib/kubelet/ca.crt');
});
