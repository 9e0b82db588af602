import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentialsOf } from './credentials.ts';
import {
  buildKubeconfig,
  formatKubeconfig,
  KubeconfigError,
  loadKubeconfig,
  parseKubeconfig,
  resolveContext,
  writeKubeconfig,
} from './kubeconfig.ts';
import { TestAuthority } from './testing.ts';

const directory = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
afterAll(() => rmSync(directory, { recursive: true }));
const authority = new TestAuthority();
const identity = authority.issue('alice');
const server = 'https://127.0.0.1:6443';

test('a built kubeconfig reads back as it was', () => {
  const built = buildKubeconfig({
    server,
    certificateAuthority: { data: authority.certificate },
    clientCertificate: { data: identity.cert },
    clientKey: { data: identity.key },
    userName: 'alice',
    namespace: 'web',
  });
  expect(parseKubeconfig(formatKubeconfig(built))).toEqual(built);
  const target = resolveContext(built);
  expect(target.namespace).toBe('web');
  expect(credentialsOf(target).tls()).toEqual({ ca: authority.certificate, ...identity });
});

test('a written kubeconfig is for its owner only, and its relative paths are relative to it', () => {
  writeFileSync(join(directory, 'ca.crt'), authority.certificate);
  writeFileSync(join(directory, 'token'), 'secret\n');
  const path = join(directory, 'a.kubeconfig');
  const parts = {
    server,
    certificateAuthority: { file: 'ca.crt' },
    token: { file: 'token' },
    userName: 'bob',
  };
  writeKubeconfig(path, buildKubeconfig(parts));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const credentials = credentialsOf(resolveContext(loadKubeconfig(path)));
  expect(credentials.tls().ca).toBe(authority.certificate);
  expect(credentials.token?.(new AbortController().signal)).toBe('secret');
});

const target = (cluster: object, user: object = {}) => ({
  cluster: { server, ...cluster },
  user,
  namespace: 'default',
});
const ca = { 'certificate-authority-data': Buffer.from(authority.certificate).toString('base64') };

test.each([
  { name: 'no certificate authority', value: target({}), message: 'no certificate-authority' },
  { name: 'skipped verification', value: target({ 'insecure-skip-tls-verify': true }), message: 'skips TLS' },
  { name: 'a password', value: target(ca, { username: 'a', password: 'b' }), message: 'not supported' },
  { name: 'an exec plugin', value: target(ca, { exec: { command: 'x' } }), message: 'not supported' },
])('refuses $name', ({ value, message }) => {
  expect(() => credentialsOf(value)).toThrow(message);
  expect(() => credentialsOf(value)).toThrow(KubeconfigError);
});

test('takes a kubeconfig without verification only with leave', () => {
  const credentials = credentialsOf(target({ 'insecure-skip-tls-verify': true }), { allowInsecure: true });
  expect(credentials.tls().insecure).toBe(true);
});

test.each([
  { name: 'another kind', text: 'kind: Pod', message: 'kind is not Config' },
  { name: 'no YAML', text: ':\n  - :\n -', message: 'not YAML' },
])('refuses $name', ({ text, message }) => expect(() => parseKubeconfig(text)).toThrow(message));

test('names the context that is missing', () => {
  const kubeconfig = parseKubeconfig('kind: Config\ncurrent-context: nowhere');
  expect(() => resolveContext(kubeconfig)).toThrow('context "nowhere" does not exist');
});
