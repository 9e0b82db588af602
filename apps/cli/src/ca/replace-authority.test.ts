import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadKubeconfig, resolveContext } from '@hawser/client';
import { type HomeLayout, nodeLayout } from '@hawser/config';
import { isIssuedBy, parseCertificate, parseCertificateBundle } from '@hawser/pki';
import { FakeClock } from '@hawser/runtime';
import { initialize } from '../init/initialize.ts';
import {
  finishAuthority,
  prepareAuthority,
  replacementState,
  switchAuthority,
  trustedBy,
} from './replace-authority.ts';
import { stillIssuedBy } from './still-issued-by.ts';

const clock = new FakeClock('2026-01-01T00:00:00Z');
let home: string;
let layout: HomeLayout;
const init = () =>
  initialize({
    ...{ home, port: 6443, extraNames: [], nodes: ['node-1'], natsAddress: '127.0.0.1', clock },
    ...{ endpointHost: '127.0.0.1', egress: 'konnectivity' },
  });
beforeEach(() => {
  home = join(mkdtempSync(join(tmpdir(), 'hawser-ca-')), 'home');
  layout = init();
});
afterEach(() => rmSync(join(home, '..'), { recursive: true }));

const read = (path: string) => readFileSync(path, 'utf8');
const certificateIn = (path: string) => parseCertificate(read(path));
const names = () => trustedBy(layout.pki.ca).map(({ subject }) => subject.commonName);
const trustedByUser = () => {
  const { cluster } = resolveContext(loadKubeconfig(layout.adminKubeconfig));
  const pem = Buffer.from(cluster['certificate-authority-data']!, 'base64').toString();
  return parseCertificateBundle(pem).map(({ subject }) => subject.commonName);
};
const prepare = () => prepareAuthority(layout.pki.ca, 'kubernetes', clock.now());

test('a CA takes the place of another in three steps, of which each can be repeated', () => {
  const { ca, apiserver } = layout.pki;
  const old = certificateIn(ca.certificate);
  const key = read(apiserver.key);
  expect([replacementState(ca), names()]).toEqual(['single', ['kubernetes']]);

  for (let time = 0; time < 2; time += 1) prepare();
  init();
  expect(names()).toEqual(['kubernetes', 'kubernetes-2026-01-01']);
  expect(trustedByUser()).toEqual(names());
  expect(isIssuedBy(certificateIn(apiserver.certificate), old)).toBe(true);
  expect(statSync(ca.next.key).mode & 0o777).toBe(0o600);

  switchAuthority(ca);
  init();
  const next = certificateIn(ca.certificate);
  expect(next.subject.commonName).toBe('kubernetes-2026-01-01');
  expect(isIssuedBy(certificateIn(apiserver.certificate), next)).toBe(true);
  expect(read(apiserver.key)).toBe(key);
  expect([replacementState(ca), names().length, trustedByUser().length]).toEqual(['switched', 2, 2]);
  expect(stillIssuedBy(old, layout)).toEqual([]);

  finishAuthority(ca);
  init();
  expect([replacementState(ca), names(), trustedByUser()]).toEqual([
    'single',
    ['kubernetes-2026-01-01'],
    ['kubernetes-2026-01-01'],
  ]);
  expect(existsSync(ca.previous.key)).toBe(false);
});

test('a switch that was interrupted can be taken up again, wherever that was', () => {
  const { ca } = layout.pki;
  prepare();
  const [old, next] = [read(ca.certificate), read(ca.next.certificate)];
  // The key had been written, the certificate not.
  copyFileSync(ca.certificate, ca.previous.certificate);
  copyFileSync(ca.key, ca.previous.key);
  copyFileSync(ca.next.key, ca.key);
  switchAuthority(ca);
  expect(read(ca.certificate)).toBe(next);
  expect(read(ca.previous.certificate)).toBe(old);
  init();
  expect(replacementState(ca)).toBe('switched');
});

test('what is still of the CA before is named', () => {
  const { ca } = layout.pki;
  prepare();
  switchAuthority(ca);
  const found = stillIssuedBy(certificateIn(ca.previous.certificate), layout);
  expect(found).toContain(layout.pki.apiserver.certificate);
  expect(found).toContain(layout.adminKubeconfig);
  expect(found).toContain(layout.kubeconfigs.scheduler);
  expect(found.some((file) => file.includes('nats') || file.includes('konnectivity/'))).toBe(false);
});

test('the CAs of Konnectivity and NATS are replaced in the same way, each by itself', () => {
  const { konnectivityPki, natsPki, nats, pki } = layout;
  for (const { ca } of [konnectivityPki, natsPki]) {
    prepareAuthority(ca, 'other', clock.now());
    init();
    switchAuthority(ca);
    init();
  }
  const clients = [konnectivityPki.server, konnectivityPki.apiserver];
  for (const { certificate } of clients)
    expect(isIssuedBy(certificateIn(certificate), certificateIn(konnectivityPki.ca.certificate))).toBe(true);
  const node = nodeLayout(home, 'node-1').natsClient;
  expect(isIssuedBy(certificateIn(node.certificate), certificateIn(natsPki.ca.certificate))).toBe(true);
  expect(read(nats.config)).toContain(natsPki.ca.bundle);
  expect(trustedBy(natsPki.ca)).toHaveLength(2);
  expect(replacementState(pki.ca)).toBe('single');
});

describe('is refused', () => {
  test('to switch to a CA that is not there', () =>
    expect(() => switchAuthority(layout.pki.ca)).toThrow('first prepare one'));
  test('to finish what was not begun', () =>
    expect(() => finishAuthority(layout.pki.ca)).toThrow('no CA before'));
  test('to finish before the next CA signs', () => {
    prepare();
    expect(() => finishAuthority(layout.pki.ca)).toThrow('no CA before');
  });
  test('to begin again before the end', () => {
    prepare();
    switchAuthority(layout.pki.ca);
    expect(prepare).toThrow('first finish');
  });
});
