import { afterAll, expect, test } from 'bun:test';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '@hawser/observability';
import { silentLogger } from '@hawser/observability';
import { systemClock } from '@hawser/runtime';
import { readCaBundle, readKeyPair } from './read-pem.ts';
import { ReloadingFiles } from './reloading-files.ts';

const directory = mkdtempSync(join(tmpdir(), 'tls-files-'));
afterAll(() => rmSync(directory, { recursive: true }));

function selfSigned(bits: number) {
  const [keyFile, certFile] = ['key', 'crt'].map((extension) => join(directory, `${bits}.${extension}`));
  const options = ['-newkey', `rsa:${bits}`, '-nodes', '-keyout', keyFile!, '-out', certFile!];
  const { status } = spawnSync('openssl', ['req', '-x509', '-subj', '/CN=a', '-days', '1', ...options]);
  expect(status).toBe(0);
  return {
    keyFile: keyFile!,
    certFile: certFile!,
    key: readFileSync(keyFile!, 'utf8'),
    cert: readFileSync(certFile!, 'utf8'),
  };
}

const WHY = 'RSA key of 1024 bits is too small: at least 2048 are required';

test('refuses a certificate or a CA with a small RSA key', () => {
  const [small, good] = [selfSigned(1024), selfSigned(2048)];
  expect(() => readKeyPair(small.cert, small.key)).toThrow(WHY);
  expect(() => readCaBundle(small.cert)).toThrow(`CA "CN=a": ${WHY}`);
  expect(() => readCaBundle(good.cert + small.cert)).toThrow(WHY);
  expect(readCaBundle(good.cert)).toBe(good.cert);
  expect(readKeyPair(good.cert, good.key)).toEqual({ cert: good.cert, key: good.key });
});

test('says at start that a key can be read by others, and of certificates nothing', () => {
  const { keyFile, certFile } = selfSigned(2048);
  const warnings: object[] = [];
  const logger = { ...silentLogger, warn: (values: object) => void warnings.push(values) } as Logger;
  const open = () =>
    new ReloadingFiles({
      name: 'a',
      paths: [certFile, keyFile],
      parse: readKeyPair,
      clock: systemClock,
      logger,
    });
  chmodSync(certFile, 0o644);
  chmodSync(keyFile, 0o600);
  open();
  expect(warnings).toEqual([]);
  chmodSync(keyFile, 0o640);
  open();
  expect(warnings).toEqual([{ path: keyFile, permissions: '0640' }]);
});
