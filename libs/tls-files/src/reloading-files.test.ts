import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistry, silentLogger } from '@hawser/observability';
import { createCertificateAuthority, encodePrivateKey, generateKeyPair, signCertificate } from '@hawser/pki';
import { FakeClock } from '@hawser/runtime';
import { readCaBundle, readKeyPair } from './read-pem.ts';
import { ReloadMetrics } from './reload-metrics.ts';
import { ReloadingFiles } from './reloading-files.ts';

const [notBefore, notAfter] = [new Date('2026-01-01T00:00:00Z'), new Date('2027-01-01T00:00:00Z')];
const authority = createCertificateAuthority({ subject: { commonName: 'ca' }, notBefore, notAfter });

function pair(commonName: string) {
  const keyPair = generateKeyPair();
  const cert = signCertificate({
    ...{ ca: authority, publicKey: keyPair.publicKey, subject: { commonName } },
    ...{ usages: ['digital signature', 'client auth'], notBefore, notAfter },
  });
  return { cert, key: encodePrivateKey(keyPair) };
}

let directory: string;
let clock: FakeClock;
let said: { why: string }[];
const registry = createRegistry();
const metrics = new ReloadMetrics(registry);
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tls-files-'));
  clock = new FakeClock();
  said = [];
  registry.resetMetrics();
});
afterEach(() => rmSync(directory, { recursive: true }));

const at = (name: string) => join(directory, name);
const logger = {
  ...silentLogger,
  error: (values: object) => void said.push(values as { why: string }),
};
const paths = () => [at('tls.crt'), at('tls.key')];
const write = ({ cert, key }: { cert: string; key: string }) => {
  writeFileSync(at('tls.crt'), cert);
  writeFileSync(at('tls.key'), key);
};
const files = () =>
  new ReloadingFiles({ name: 'serving', paths: paths(), parse: readKeyPair, clock, logger, metrics });
async function counted(status: string): Promise<number> {
  const { values } = await registry.getSingleMetric('hawser_tls_files_automatic_reloads_total')!.get();
  return values.find(({ labels }) => labels['status'] === status)?.value ?? 0;
}

test('what has changed is taken, and what says the same stays the same', async () => {
  const [before, after] = [pair('before'), pair('after')];
  write(before);
  const serving = files();
  const first = serving.current;
  expect(first).toEqual(before);
  write(before);
  clock.advance(1_000);
  expect(serving.current).toBe(first);
  write(after);
  expect(serving.current).toBe(first);
  clock.advance(1_000);
  expect(serving.current).toEqual(after);
  expect(await counted('success')).toBe(1);
});

test('of a pair that is being replaced the old one stays, which is said once and counted each time', async () => {
  const [before, after] = [pair('before'), pair('after')];
  write(before);
  const serving = files();
  writeFileSync(at('tls.crt'), after.cert);
  for (let look = 0; look < 3; look += 1) serving.look();
  expect(serving.current).toEqual(before);
  expect(said.map(({ why }) => why)).toEqual([
    `${at('tls.crt')} and ${at('tls.key')}: the private key is not the certificate's`,
  ]);
  expect(await counted('failure')).toBe(3);
  writeFileSync(at('tls.key'), after.key);
  serving.look();
  expect(serving.current).toEqual(after);
});

const broken: { name: string; write: () => void; why: string }[] = [
  {
    name: 'a certificate that is half written',
    write: () => writeFileSync(at('tls.crt'), pair('a').cert.slice(0, 200)),
    why: 'a certificate is cut off',
  },
  {
    name: 'a chain that is half written',
    write: () => writeFileSync(at('tls.crt'), good.cert + authority.certificatePem.slice(0, 200)),
    why: 'a certificate is cut off',
  },
  { name: 'an empty file', write: () => writeFileSync(at('tls.crt'), ''), why: 'cannot be read' },
  {
    name: 'a key that is half written',
    write: () => writeFileSync(at('tls.key'), good.key.slice(0, 90)),
    why: 'the private key cannot be read',
  },
  { name: 'a file that is gone', write: () => unlinkSync(at('tls.key')), why: 'no such file' },
];
const good = pair('good');
for (const { name, write: spoil, why } of broken)
  test(`is not put out by ${name}, and nothing of it is in the log`, () => {
    write(good);
    const serving = files();
    spoil();
    serving.look();
    expect(serving.current).toEqual(good);
    expect(said[0]?.why).toContain(why);
    expect(JSON.stringify(said)).not.toContain(good.key.slice(40, 80));
    write(good);
    serving.look();
    spoil();
    serving.look();
    expect(said).toHaveLength(2);
  });

test('what cannot be used to begin with is said by its path', () => {
  writeFileSync(at('tls.crt'), good.cert);
  writeFileSync(at('tls.key'), pair('other').key);
  expect(files).toThrow(`${at('tls.crt')} and ${at('tls.key')}: the private key is not the certificate's`);
});

test('a link that is turned to another file counts as a change', () => {
  writeFileSync(at('1.pem'), good.cert + good.key);
  const next = pair('next');
  writeFileSync(at('2.pem'), next.cert + next.key);
  symlinkSync('1.pem', at('current.pem'));
  const current = [at('current.pem'), at('current.pem')];
  const serving = new ReloadingFiles({ name: 'client', paths: current, parse: readKeyPair, clock, logger });
  unlinkSync(at('current.pem'));
  symlinkSync('2.pem', at('current.pem'));
  serving.look();
  expect(serving.current.cert).toContain(next.cert);
});

test('whoever follows is handed each change, and again what could not be put in use', async () => {
  write(good);
  const serving = files();
  const stop = new AbortController();
  const handed: string[] = [];
  let fails = 2;
  const running = serving.follow(({ cert }) => {
    handed.push(cert);
    if (fails-- > 0) throw new Error('not now');
  }, stop.signal);
  const next = pair('next');
  write(next);
  for (let turn = 0; turn < 5; turn += 1) {
    clock.advance(2_000);
    await new Promise(setImmediate);
  }
  expect(handed).toEqual([next.cert, next.cert, next.cert]);
  expect(said.map(({ why }) => why)).toEqual(['not now']);
  stop.abort();
  await running;
});

test('a bundle holds whole certificates, at least one', () => {
  const { certificatePem: pem } = authority;
  expect(readCaBundle(`# ours\n${pem}${pem}`)).toContain(pem);
  for (const text of ['', '# nothing', pem + pem.slice(0, 100), pem.replace(/[A-Za-z]{20}/, '!!')])
    expect(() => readCaBundle(text)).toThrow();
});
