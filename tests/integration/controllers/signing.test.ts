import { afterAll, describe, expect } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CertificateSigningRequest, certificateSigningRequests } from '@hawser/api';
import { KubeClient } from '@hawser/client';
import {
  createCertificateAuthority,
  createCertificateRequest,
  encodePrivateKey,
  generateKeyPair,
  isIssuedBy,
  type KeyPairKind,
  parseCertificate,
} from '@hawser/pki';
import { writeFileAtomic } from '@hawser/runtime';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually } from '../../cluster/eventually.ts';

const CLIENT = 'kubernetes.io/kube-apiserver-client';
const KUBELET_CLIENT = 'kubernetes.io/kube-apiserver-client-kubelet';
const SERVING = 'kubernetes.io/kubelet-serving';
const HOUR_MS = 3_600_000;

/** An authority of its own for each of two signers; a third has the cluster's, the fourth none. */
const AUTHORITIES = { serving: 'serving-ca', client: 'client-ca' } as const;

function writeAuthority(name: string, lifeMs = 100 * HOUR_MS): void {
  const now = Date.now();
  const ca = createCertificateAuthority({
    subject: { commonName: name },
    notBefore: new Date(now - HOUR_MS),
    notAfter: new Date(now + lifeMs),
  });
  writeFileAtomic(inDirectory(`${name}.key`), encodePrivateKey(ca.keyPair), 0o600);
  writeFileAtomic(inDirectory(`${name}.crt`), ca.certificatePem, 0o644);
}

const fileFlags = (signer: string, certificate: string, key: string) => [
  `--cluster-signing-${signer}-cert-file=${certificate}`,
  `--cluster-signing-${signer}-key-file=${key}`,
];

const directory = mkdtempSync(join(tmpdir(), 'hawser-signing-'));
afterAll(() => rmSync(directory, { recursive: true }));
const inDirectory = (name: string) => join(directory, name);

const suite = shareCluster({
  controllerManager: true,
  prepare: (layout) => {
    for (const name of Object.values(AUTHORITIES)) writeAuthority(name);
    for (const [from, to] of [
      [layout.pki.ca.certificate, 'ca.crt'],
      [layout.pki.ca.key, 'ca.key'],
    ] as const)
      writeFileAtomic(inDirectory(to), readFileSync(from, 'utf8'), 0o600);
  },
  flags: {
    'controller-manager': [
      ...['--cluster-signing-cert-file=', '--cluster-signing-key-file='],
      ...fileFlags('kubelet-client', inDirectory('ca.crt'), inDirectory('ca.key')),
      ...fileFlags('kubelet-serving', inDirectory('serving-ca.crt'), inDirectory('serving-ca.key')),
      ...fileFlags('kube-apiserver-client', inDirectory('client-ca.crt'), inDirectory('client-ca.key')),
      ...['--approve-kubelet-serving', 'off', '--experimental-cluster-signing-duration', '10h'],
    ],
  },
});

interface Asked {
  readonly signerName: string;
  readonly usages: string[];
  readonly commonName?: string;
  readonly organizations?: string[];
  readonly ipAddresses?: string[];
  readonly expirationSeconds?: number;
  readonly kind?: KeyPairKind;
}

const node = { commonName: 'system:node:n1', organizations: ['system:nodes'] };
const kubeletClient: Asked = {
  signerName: KUBELET_CLIENT,
  usages: ['digital signature', 'client auth'],
  ...node,
};
const serving: Asked = {
  signerName: SERVING,
  usages: ['digital signature', 'server auth'],
  ipAddresses: ['127.0.1.5'],
  ...node,
};
const client: Asked = { signerName: CLIENT, usages: ['client auth'] };

async function approved(cluster: Cluster, admin: KubeClient, asked: Asked): Promise<string> {
  const { commonName = 'alice', organizations = [], ipAddresses, kind, ...spec } = asked;
  const keyPair = generateKeyPair(kind ?? 'ecdsa-p256');
  const request = createCertificateRequest({ keyPair, subject: { commonName, organizations }, ipAddresses });
  const csr = await admin.create(certificateSigningRequests, {
    metadata: { generateName: 'signing-' },
    spec: { request: Buffer.from(request).toString('base64'), ...spec } as CertificateSigningRequest['spec'],
  });
  const { name } = csr.metadata;
  const { exitCode, stderr } = await cluster.kubectl('1.36', 'certificate', 'approve', name);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return name;
}

async function issued(cluster: Cluster, asked: Asked): Promise<string> {
  await using admin = adminOf(cluster);
  const name = await approved(cluster, admin, asked);
  const certificate = await eventually(
    async () => (await admin.get(certificateSigningRequests, name)).status?.certificate,
  );
  return Buffer.from(certificate, 'base64').toString();
}

const adminOf = (cluster: Cluster) =>
  KubeClient.fromKubeconfig(cluster.layout.adminKubeconfig, { userAgent: 'test' });

function openssl(...args: string[]): string {
  const { stdout, stderr, exitCode } = Bun.spawnSync(['openssl', ...args], { cwd: directory });
  const output = `${stdout}${stderr}`;
  if (exitCode !== 0) throw new Error(`openssl ${args.join(' ')}: ${output}`);
  return output;
}

describe('each signer has an authority of its own:', () => {
  const cases: { name: string; asked: Asked; ca: string; purpose: string; says: RegExp[] }[] = [
    {
      name: "a kubelet's client certificate",
      asked: kubeletClient,
      ca: 'ca.crt',
      purpose: 'sslclient',
      says: [/Key Usage: critical\s+Digital Signature\n/, /TLS Web Client Authentication\n/],
    },
    {
      name: "a kubelet's serving certificate",
      asked: serving,
      ca: 'serving-ca.crt',
      purpose: 'sslserver',
      says: [/TLS Web Server Authentication\n/, /IP Address:127\.0\.1\.5/],
    },
    {
      name: "a user's certificate",
      asked: client,
      ca: 'client-ca.crt',
      purpose: 'sslclient',
      says: [/Extended Key Usage: \s+TLS Web Client Authentication\n/],
    },
    {
      name: "a user's certificate with an RSA key",
      asked: {
        ...client,
        usages: ['digital signature', 'key encipherment', 'client auth'],
        kind: 'rsa-2048',
      },
      ca: 'client-ca.crt',
      purpose: 'sslclient',
      says: [/Digital Signature, Key Encipherment\n/],
    },
  ];
  for (const { name, asked, ca, purpose, says } of cases)
    suite.test(`${name} passes openssl verify -x509_strict`, async (cluster) => {
      const pem = await issued(cluster, asked);
      writeFileSync(inDirectory('leaf.pem'), pem);
      const strict = ['-x509_strict', '-check_ss_sig', '-purpose', purpose];
      expect(openssl('verify', ...strict, '-CAfile', ca, 'leaf.pem')).toContain('leaf.pem: OK');
      const text = openssl('x509', '-in', 'leaf.pem', '-noout', '-text');
      const always = [/Basic Constraints: critical\s+CA:FALSE/, /Authority Key Identifier/, /Version: 3/];
      for (const pattern of [...always, ...says]) expect(text).toMatch(pattern);
      expect(parseCertificate(pem).serialNumber).toMatch(/^[4-7][0-9a-f]{31}$/);
    });

  suite.test('none signs for the legacy signer, which takes no requests either', async (cluster) => {
    await using admin = adminOf(cluster);
    const asking = approved(cluster, admin, { ...client, signerName: 'kubernetes.io/legacy-unknown' });
    await expect(asking).rejects.toThrow('the legacy signerName is not allowed via this API version');
  });
});

describe('a certificate lives', () => {
  const lifeOf = async (cluster: Cluster, asked: Asked) => {
    const startedMs = Date.now();
    const { notBefore, notAfter } = parseCertificate(await issued(cluster, asked));
    const roundMinutes = (ms: number) => Math.round(ms / 60_000);
    return [roundMinutes(notBefore.getTime() - startedMs), roundMinutes(notAfter.getTime() - startedMs)];
  };

  suite.test('five minutes more in the past, and as long as configured', async (cluster) => {
    expect(await lifeOf(cluster, client)).toEqual([-5, 595]);
  });

  suite.test('as long as asked for, when that is less', async (cluster) => {
    expect(await lifeOf(cluster, { ...client, expirationSeconds: 600 })).toEqual([-5, 10]);
    expect(await lifeOf(cluster, { ...client, expirationSeconds: 7 * 86_400 })).toEqual([-5, 595]);
  });

  suite.test('not longer than its authority, which is read again when its files change', async (cluster) => {
    const before = parseCertificate(readFileSync(inDirectory('serving-ca.crt'), 'utf8'));
    writeAuthority(AUTHORITIES.serving, 2 * HOUR_MS);
    const after = parseCertificate(readFileSync(inDirectory('serving-ca.crt'), 'utf8'));
    const certificate = parseCertificate(await issued(cluster, serving));
    expect([before, after].map((ca) => isIssuedBy(certificate, ca))).toEqual([false, true]);
    expect(certificate.notAfter).toEqual(after.notAfter);
  });
});

describe('what breaks a signer’s rules fails, and says which:', () => {
  const cases: { name: string; asked: Asked; message: string }[] = [
    {
      name: 'a kubelet client of another group',
      asked: { ...kubeletClient, organizations: ['dev'] },
      message: 'subject organization is not system:nodes',
    },
    {
      name: 'a kubelet client with an address',
      asked: { ...kubeletClient, ipAddresses: ['127.0.1.5'] },
      message: 'IP subjectAltNames are not allowed',
    },
    {
      name: 'a kubelet server without a name',
      asked: { ...serving, ipAddresses: [] },
      message: 'DNS or IP subjectAltName is required',
    },
    {
      name: 'a kubelet server that would be a client',
      asked: { ...serving, usages: ['digital signature', 'client auth'] },
      message: 'usages did not match [digital signature key encipherment server auth]',
    },
    {
      name: 'a kubelet server that is no node',
      asked: { ...serving, commonName: 'web' },
      message: 'subject common name does not begin with system:node:',
    },
    {
      name: 'a user who would serve',
      asked: { ...client, usages: ['client auth', 'server auth'] },
      message: 'invalid usage for client certificate: server auth',
    },
    {
      name: 'a user who would sign',
      asked: { ...client, usages: ['client auth', 'cert sign'] },
      message: 'invalid usage for client certificate: cert sign',
    },
  ];
  for (const { name, asked, message } of cases)
    suite.test(name, async (cluster) => {
      await using admin = adminOf(cluster);
      const csr = await approved(cluster, admin, asked);
      const { status } = await eventually(async () => {
        const current = await admin.get(certificateSigningRequests, csr);
        return current.status?.conditions?.some(({ type }) => type === 'Failed') ? current : undefined;
      });
      expect(status?.conditions?.[1]).toMatchObject({
        type: 'Failed',
        status: 'True',
        reason: 'SignerValidationFailure',
        message,
      });
      expect(status?.certificate).toBeUndefined();
    });
});
