import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadKubeconfig, resolveContext } from '@hawser/client';
import { nodeLayout } from '@hawser/config';
import { isIssuedBy, parseCertificate } from '@hawser/pki';
import { FakeClock } from '@hawser/runtime';
import { parseAllDocuments } from 'yaml';
import { parseClusterConfiguration } from '../cluster-configuration/cluster-configuration.ts';
import { initialize } from './initialize.ts';

const clock = new FakeClock('2026-01-01T00:00:00Z');
let home: string;
beforeEach(() => {
  home = join(mkdtempSync(join(tmpdir(), 'hawser-init-')), 'home');
});
afterEach(() => rmSync(join(home, '..'), { recursive: true }));

const init = (options: Partial<Parameters<typeof initialize>[0]> = {}) =>
  initialize({
    ...{ home, port: 6443, extraNames: [], endpointHost: '127.0.0.1', egress: 'direct', nodes: [] },
    ...{ natsAddress: '127.0.0.1', clock, ...options },
  });
const read = (path: string) => readFileSync(path, 'utf8');
const certificateIn = (path: string) => parseCertificate(read(path));
const files = () =>
  readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
const snapshot = () => Object.fromEntries(files().map((path) => [path, read(path)]));
const userOf = (path: string) => {
  const { cluster, user } = resolveContext(loadKubeconfig(path));
  const pem = Buffer.from(user['client-certificate-data'] ?? '', 'base64').toString();
  return { server: cluster.server, certificate: parseCertificate(pem) };
};

test('every certificate comes from its own authority, with the names that the other side looks for', () => {
  const { pki, natsPki, konnectivityPki } = init({ nodes: ['node-1'], extraNames: ['hub.example.com'] });
  const [ca, natsCa] = [certificateIn(pki.ca.certificate), certificateIn(natsPki.ca.certificate)];
  expect(certificateIn(pki.apiserver.certificate)).toMatchObject({
    extendedKeyUsages: ['server auth'],
    ipAddresses: ['127.0.0.1', '::1', '10.96.0.1'],
  });
  const konnectivityCa = certificateIn(konnectivityPki.ca.certificate);
  for (const each of [konnectivityPki.server, konnectivityPki.apiserver])
    expect(isIssuedBy(certificateIn(each.certificate), konnectivityCa)).toBe(true);
  const { dnsNames } = certificateIn(konnectivityPki.server.certificate);
  expect(dnsNames).toContain('hub.example.com');
  expect(dnsNames).not.toContain('kubernetes');
  expect(certificateIn(pki.apiserverKubeletClient.certificate).subject).toEqual({
    commonName: 'kube-apiserver-kubelet-client',
    organizations: ['hawser:kubelet-clients'],
  });
  for (const each of [pki.apiserver, pki.apiserverKubeletClient]) {
    expect(isIssuedBy(certificateIn(each.certificate), ca)).toBe(true);
  }
  const node = nodeLayout(home, 'node-1').natsClient;
  for (const each of [natsPki.server, natsPki.apiserver, natsPki.auditReader, node]) {
    expect(isIssuedBy(certificateIn(each.certificate), natsCa)).toBe(true);
  }
});

test('each kubeconfig is a user of its own', () => {
  const { adminKubeconfig, kubeconfigs } = init({ port: 7443 });
  const users = [
    adminKubeconfig,
    kubeconfigs.superAdmin,
    kubeconfigs.controllerManager,
    kubeconfigs.scheduler,
    kubeconfigs.konnectivityServer,
  ];
  expect(users.map((path) => userOf(path).certificate.subject)).toEqual([
    { commonName: 'kubernetes-admin', organizations: ['hawser:cluster-admins'] },
    { commonName: 'kubernetes-super-admin', organizations: ['system:masters'] },
    { commonName: 'system:kube-controller-manager', organizations: [] },
    { commonName: 'system:kube-scheduler', organizations: [] },
    { commonName: 'system:konnectivity-server', organizations: [] },
  ]);
  expect(userOf(adminKubeconfig).server).toBe('https://127.0.0.1:7443');
});

test('private keys and what holds them are readable by their owner only', () => {
  init();
  const secret = files().filter((path) => /\.(key|kubeconfig)$/.test(path));
  expect(secret.length).toBeGreaterThan(8);
  for (const path of secret) expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(home).mode & 0o777).toBe(0o700);
});

describe('run again', () => {
  test('changes nothing', () => {
    init({ nodes: ['node-1'] });
    const before = snapshot();
    init();
    expect(snapshot()).toEqual(before);
  });

  test('keeps the nodes of earlier times, and forgets one whose certificate was taken away', () => {
    init({ nodes: ['node-1'] });
    const { nats, natsPki } = init({ nodes: ['node-2'] });
    const users = () => [...read(nats.config).matchAll(/CN=kubelet-([^"]+)/g)].map(([, name]) => name);
    expect(users()).toEqual(['node-1', 'node-2']);
    expect(certificateIn(join(natsPki.nodes, 'node-1.crt')).subject.commonName).toBe('kubelet-node-1');
    rmSync(join(natsPki.nodes, 'node-1.crt'));
    init();
    expect(users()).toEqual(['node-2']);
  });

  test('with another port, keeps every key and moves the addresses', () => {
    const { adminKubeconfig, nats, pki } = init();
    const [key, before] = [read(pki.apiserver.key), userOf(adminKubeconfig).certificate.serialNumber];
    init({ port: 6543 });
    expect(read(pki.apiserver.key)).toBe(key);
    expect(userOf(adminKubeconfig)).toMatchObject({
      server: 'https://127.0.0.1:6543',
      certificate: { serialNumber: before },
    });
    expect(read(nats.config)).toContain('"127.0.0.1:4322"');
  });

  test('with more names, issues the hub a certificate that has them, and keeps them from then on', () => {
    const { pki } = init();
    const key = read(pki.apiserver.key);
    init({ extraNames: ['hub.example', '192.0.2.1'] });
    init();
    const certificate = certificateIn(pki.apiserver.certificate);
    expect(certificate.dnsNames).toContain('hub.example');
    expect(certificate.ipAddresses).toContain('192.0.2.1');
    expect(read(pki.apiserver.key)).toBe(key);
  });

  test('renews what runs out, for the same key and by the same authority', () => {
    const { pki, adminKubeconfig } = init({ extraNames: ['hub.example'] });
    const [authority, key] = [read(pki.ca.certificate), read(pki.apiserver.key)];
    const later = new FakeClock('2026-11-15T00:00:00Z');
    init({ clock: later });
    expect(certificateIn(pki.apiserver.certificate).notAfter.getUTCFullYear()).toBe(2027);
    expect(certificateIn(pki.apiserver.certificate).dnsNames).toContain('hub.example');
    expect(userOf(adminKubeconfig).certificate.notAfter.getUTCFullYear()).toBe(2027);
    expect([read(pki.ca.certificate), read(pki.apiserver.key)]).toEqual([authority, key]);
  });

  test('leaves the manifests as somebody has changed them', () => {
    const { hub } = init();
    const path = join(hub.manifests, 'cluster-admins.yaml');
    writeFileSync(path, '# ours\n');
    init();
    expect(read(path)).toBe('# ours\n');
  });
});

test('joining nodes are told what was said last', () => {
  const told = () => {
    const [manifest] = parseAllDocuments(read(join(home, 'hub/manifests/cluster-configuration.yaml')));
    const { data, metadata } = manifest!.toJS();
    expect(metadata.labels).toEqual({ 'addonmanager.kubernetes.io/mode': 'Reconcile' });
    return parseClusterConfiguration(data.ClusterConfiguration);
  };
  const { konnectivityPki, pki } = init({ endpointHost: 'hub.example', egress: 'konnectivity' });
  expect(told().konnectivity).toEqual({
    server: 'hub.example:8132',
    certificateAuthority: read(konnectivityPki.ca.certificate),
  });
  for (const { certificate } of [pki.apiserver, konnectivityPki.server])
    expect(certificateIn(certificate).dnsNames).toContain('hub.example');
  init({ endpointHost: '2001:db8::1', port: 7443 });
  expect(told()).toMatchObject({ konnectivity: undefined, nats: { server: 'tls://[2001:db8::1]:5222' } });
});

describe('refuses', () => {
  test('a key that is not the certificate’s, and changes nothing', () => {
    const { pki } = init();
    writeFileSync(pki.ca.key, read(pki.apiserver.key));
    const before = snapshot();
    expect(() => init()).toThrow('private key does not belong to the certificate');
    expect(snapshot()).toEqual(before);
  });
  test.each(['Node-1', '../x', '', 'a..b'])('the node name %p', (name) => {
    expect(() => init({ nodes: [name] })).toThrow('is not a node name');
  });
  test('an extra name that is none', () => {
    expect(() => init({ extraNames: ['a b'] })).toThrow('"a b" is no DNS name or IP address');
  });
});
