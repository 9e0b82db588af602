import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadKubeconfig, resolveContext } from '@hawser/client';
import { homeLayout, type KeyFiles } from '@hawser/config';
import {
  createCertificateAuthority,
  encodePrivateKey,
  isIssuedBy,
  loadKeyPair,
  matchesKey,
  parseCertificate,
} from '@hawser/pki';
import { FakeClock } from '@hawser/runtime';
import { createProgram } from '../program.ts';

const DAY_MS = 86_400_000;
let clock: FakeClock;
let home: string;
let layout: ReturnType<typeof homeLayout>;
let printed = '';

beforeEach(async () => {
  home = join(mkdtempSync(join(tmpdir(), 'hawser-certs-')), 'home');
  layout = homeLayout(home);
  clock = new FakeClock('2026-01-01T12:00:00Z');
  await run('init', '--node', 'node-1');
});
afterEach(() => rmSync(join(home, '..'), { recursive: true }));

/** Runs a command, gives what it printed, and rejects as it does. */
async function run(...args: string[]): Promise<string> {
  printed = '';
  const program = createProgram({
    environment: { home, port: 6443, path: '' },
    clock,
    print: (text) => {
      printed += text;
    },
    printError: () => {},
    signal: new AbortController().signal,
  });
  await program.parseAsync(args, { from: 'user' });
  return printed;
}

const read = (path: string) => readFileSync(path, 'utf8');
const certificateIn = (path: string) => parseCertificate(read(path));
function certificateOfUser(path: string) {
  const { user } = resolveContext(loadKubeconfig(path));
  return parseCertificate(Buffer.from(user['client-certificate-data'] ?? '', 'base64').toString());
}

const NAMES = [
  ...['admin.kubeconfig', 'apiserver', 'apiserver-kubelet-client', 'controller-manager.kubeconfig'],
  ...['konnectivity-apiserver', 'konnectivity-server', 'konnectivity-server.kubeconfig'],
  ...['nats-apiserver', 'nats-audit-reader', 'nats-controller-manager', 'nats-events-reader'],
  ...['nats-konnectivity-server', 'nats-node-node-1', 'nats-server'],
  ...['scheduler.kubeconfig', 'super-admin.kubeconfig'],
];

describe('check-expiration', () => {
  test('prints kubeadm’s table of all that init made', async () => {
    const lines = (await run('certs', 'check-expiration')).split('\n');
    expect(lines[0]!.split(/ {2,}/)).toEqual([
      ...['CERTIFICATE', 'EXPIRES', 'RESIDUAL TIME', 'CERTIFICATE AUTHORITY', 'EXTERNALLY MANAGED'],
    ]);
    const rows = lines.map((line) => line.split(/ {2,}/));
    expect(rows.slice(1, 17).map(([name]) => name)).toEqual(NAMES);
    expect(rows[2]).toEqual(['apiserver', 'Jan 01, 2027 12:00 UTC', '1y', 'ca', 'no']);
    expect(rows[13]).toEqual(['nats-node-node-1', 'Jan 01, 2027 12:00 UTC', '1y', 'nats-ca', 'no']);
    expect(rows.slice(17)).toEqual([
      [''],
      ['CERTIFICATE AUTHORITY', 'EXPIRES', 'RESIDUAL TIME', 'EXTERNALLY MANAGED'],
      ['ca', 'Dec 30, 2035 12:00 UTC', '10y', 'no'],
      ['konnectivity-ca', 'Dec 30, 2035 12:00 UTC', '10y', 'no'],
      ['nats-ca', 'Dec 30, 2035 12:00 UTC', '10y', 'no'],
      [''],
    ]);
  });

  test('-o json has kubeadm’s fields', async () => {
    const info = JSON.parse(await run('certs', 'check-expiration', '-o', 'json'));
    expect(info).toMatchObject({ kind: 'CertificateExpirationInfo', apiVersion: 'hawser.dev/v1alpha1' });
    expect(info.certificates).toHaveLength(16);
    expect(info.certificates[1]).toEqual({
      name: 'apiserver',
      path: layout.pki.apiserver.certificate,
      caName: 'ca',
      missing: false,
      externallyManaged: false,
      expirationDate: '2027-01-01T12:00:00Z',
      residualTime: 365 * 86_400,
    });
    expect(info.certificateAuthorities).toHaveLength(3);
    expect(await run('certs', 'check-expiration', '-o', 'yaml')).toContain('kind: CertificateExpirationInfo');
  });

  test('shows both authorities while one takes the place of the other', async () => {
    const names = async () =>
      JSON.parse(await run('certs', 'check-expiration', '-o', 'json')).certificateAuthorities.map(
        (each: { name: string }) => each.name,
      );
    await run('ca', 'prepare');
    expect(await names()).toEqual(['ca', 'ca-next', 'konnectivity-ca', 'nats-ca']);
    await run('ca', 'switch');
    expect(await names()).toEqual(['ca', 'ca-previous', 'konnectivity-ca', 'nats-ca']);
    // The one that signs now issues what is renewed.
    await run('certs', 'renew', 'apiserver');
    const signer = certificateIn(layout.pki.ca.certificate);
    expect(isIssuedBy(certificateIn(layout.pki.apiserver.certificate), signer)).toBe(true);
  });

  test('names what has expired, is missing or cannot be read, and tells the rest', async () => {
    clock.advance(364 * DAY_MS);
    await run('certs', 'renew', 'admin.kubeconfig');
    clock.advance(2 * DAY_MS);
    rmSync(layout.pki.apiserverKubeletClient.certificate);
    writeFileSync(layout.natsPki.server.certificate, 'nonsense');
    writeFileSync(layout.kubeconfigs.scheduler, 'kind: Config\n');
    rmSync(layout.konnectivityPki.ca.key);
    const fault = await run('certs', 'check-expiration').catch((error: Error) => error.message);
    expect(fault).toContain(`apiserver has expired (${layout.pki.apiserver.certificate})`);
    expect(fault).toContain(
      `nats-server cannot be read (${layout.natsPki.server.certificate}): no PEM block of type CERTIFICATE`,
    );
    expect(fault).toContain(`scheduler.kubeconfig cannot be read (${layout.kubeconfigs.scheduler}): `);
    expect(fault).not.toMatch(/(^|; )admin.kubeconfig/);
    expect(printed).toMatch(/^admin.kubeconfig +Dec 31, 2027 12:00 UTC +363d +ca +no$/m);
    expect(printed).toMatch(/^apiserver +Jan 01, 2027 12:00 UTC +<invalid> +ca +no$/m);
    expect(printed).toMatch(/^!MISSING! apiserver-kubelet-client$/m);
    expect(printed).toMatch(/^nats-server +<unreadable> +<invalid> +nats-ca +no$/m);
    expect(printed).toMatch(/^konnectivity-ca +.* yes$/m);
  });
});

describe('renew', () => {
  test('issues a certificate anew that says what the old one said, for the same key', async () => {
    await run('init', '--apiserver-cert-extra-sans', 'hub.example,192.0.2.1');
    const { certificate, key } = layout.pki.apiserver;
    const [before, keyBefore] = [certificateIn(certificate), read(key)];
    clock.advance(30 * DAY_MS);
    expect(await run('certs', 'renew', 'apiserver')).toContain(
      'certificate for serving the Kubernetes API renewed (apiserver, until 2027-01-31, with its present key)\n',
    );
    const after = certificateIn(certificate);
    expect(after.serialNumber).not.toBe(before.serialNumber);
    expect(after.notAfter).toEqual(new Date('2027-01-31T12:00:00Z'));
    for (const field of [
      ...(['subject', 'dnsNames', 'ipAddresses', 'keyUsages', 'extendedKeyUsages'] as const),
    ])
      expect(after[field]).toEqual(before[field]);
    expect(read(key)).toBe(keyBefore);
    expect(isIssuedBy(after, certificateIn(layout.pki.ca.certificate))).toBe(true);
  });

  test('--new-key makes a key of the same kind, for its owner alone', async () => {
    const { certificate, key } = layout.natsPki.server;
    const before = read(key);
    expect(await run('certs', 'renew', 'nats-server', '--new-key')).toContain('with a new key');
    expect(read(key)).not.toBe(before);
    expect(matchesKey(certificateIn(certificate), loadKeyPair(read(key)))).toBe(true);
    expect(statSync(key).mode & 0o777).toBe(0o600);
  });

  test('a kubeconfig keeps everything else that it says', async () => {
    const path = layout.adminKubeconfig;
    writeFileSync(path, read(path).replace('preferences: {}', 'preferences: { colors: true }'));
    const [before, serial] = [loadKubeconfig(path), certificateOfUser(path).serialNumber];
    await run('certs', 'renew', 'admin.kubeconfig');
    const after = loadKubeconfig(path);
    expect(certificateOfUser(path).serialNumber).not.toBe(serial);
    after.users[0]!.user['client-certificate-data'] = before.users[0]!.user['client-certificate-data']!;
    expect(after).toEqual(before);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('all renews everything but authorities', async () => {
    const authorities = () =>
      [layout.pki.ca, layout.natsPki.ca, layout.konnectivityPki.ca].map((files: KeyFiles) => [
        read(files.certificate),
        read(files.key),
      ]);
    const before = authorities();
    clock.advance(100 * DAY_MS);
    const lines = (await run('certs', 'renew', 'all', '--new-key')).split('\n');
    expect(lines.filter((line) => line.includes(' renewed ('))).toHaveLength(NAMES.length);
    expect(lines.at(-2)).toStartWith('Done renewing certificates.');
    expect(authorities()).toEqual(before);
    const { certificates } = JSON.parse(await run('certs', 'check-expiration', '-o', 'json'));
    for (const { residualTime } of certificates) expect(residualTime).toBe(365 * 86_400);
    // What init makes of it: everything serves, nothing is made again.
    const serial = certificateIn(layout.natsPki.server.certificate).serialNumber;
    await run('init');
    expect(certificateIn(layout.natsPki.server.certificate).serialNumber).toBe(serial);
  });

  test('lives no longer than its authority', async () => {
    clock.advance(3_600 * DAY_MS);
    await run('certs', 'renew', 'apiserver');
    const ca = certificateIn(layout.pki.ca.certificate);
    expect(certificateIn(layout.pki.apiserver.certificate).notAfter).toEqual(ca.notAfter);
  });

  test('while the authority is replaced the one signs that the key belongs to', async () => {
    const now = clock.now();
    const next = createCertificateAuthority({
      subject: { commonName: 'kubernetes' },
      notBefore: now,
      notAfter: new Date(now.getTime() + 3_650 * DAY_MS),
    });
    writeFileSync(layout.pki.ca.certificate, `${read(layout.pki.ca.certificate)}${next.certificatePem}`);
    writeFileSync(layout.pki.ca.key, encodePrivateKey(next.keyPair));
    await run('certs', 'renew', 'apiserver');
    expect(isIssuedBy(certificateIn(layout.pki.apiserver.certificate), next.certificate)).toBe(true);
  });

  test('says what is missing, and fails for nothing', async () => {
    rmSync(layout.pki.apiserver.certificate);
    expect(await run('certs', 'renew', 'apiserver')).toBe(
      `MISSING! certificate for serving the Kubernetes API (${layout.pki.apiserver.certificate})\n`,
    );
  });

  const failures: { name: string; spoil: () => void; of: string; says: string }[] = [
    {
      name: 'without the authority’s key',
      spoil: () => rmSync(layout.pki.ca.key),
      of: 'apiserver',
      says: "Detected external ca, certificate for serving the Kubernetes API can't be renewed",
    },
    {
      name: 'by an authority that has expired',
      spoil: () => clock.advance(3_700 * DAY_MS),
      of: 'apiserver',
      says: 'its authority has expired, and must be replaced first',
    },
    {
      name: 'by an authority with another key',
      spoil: () => writeFileSync(layout.pki.ca.key, read(layout.natsPki.ca.key)),
      of: 'apiserver',
      says: 'private key does not belong to the certificate',
    },
    {
      name: 'without its own key',
      spoil: () => rmSync(layout.pki.apiserver.key),
      of: 'apiserver',
      says: 'ENOENT',
    },
    {
      name: 'that is no certificate',
      spoil: () => writeFileSync(layout.pki.apiserver.certificate, 'x'),
      of: 'apiserver',
      says: 'no PEM block of type CERTIFICATE',
    },
    {
      name: 'of a kubeconfig with a token',
      spoil: () =>
        writeFileSync(
          layout.adminKubeconfig,
          read(layout.adminKubeconfig).replace(/client-certificate-data: \S+/, 'token: x'),
        ),
      of: 'admin.kubeconfig',
      says: 'the user of its current context has no client-certificate-data',
    },
  ];
  for (const { name, spoil, of, says } of failures)
    test(`one ${name} fails, stays as it was, and holds up no other`, async () => {
      spoil();
      const path = of === 'apiserver' ? layout.pki.apiserver.certificate : layout.adminKubeconfig;
      const before = read(path);
      await expect(run('certs', 'renew', of)).rejects.toThrow(`not renewed: ${of}`);
      expect(printed).toContain(says);
      expect(read(path)).toBe(before);
      await run('certs', 'renew', 'all').catch(() => {});
      if (!name.includes('expired')) expect(printed).toContain('certificate for serving NATS renewed');
    });

  test('knows its names', async () => {
    await expect(run('certs', 'renew', 'ca')).rejects.toThrow(
      /^"ca" is not a valid certificate for this cluster; there are: all, admin.kubeconfig, apiserver, /,
    );
  });
});
