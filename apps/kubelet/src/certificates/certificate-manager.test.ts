import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CertificateSigningRequest } from '@hawser/api';
import { answer, eventually, TestServer } from '@hawser/client/testing';
import { silentLogger } from '@hawser/observability';
import { parseCertificateRequest, signCertificate } from '@hawser/pki';
import { FakeClock } from '@hawser/runtime';
import { CertificateManager } from './certificate-manager.ts';
import { CertificateStore } from './certificate-store.ts';
import { servingCertificateTemplate } from './serving-certificate-template.ts';

const DAY_MS = 24 * 3_600_000;
/** The system's time is in the files' dates, so that this clock must begin with it. */
let clock: FakeClock;
let directory: string;
let server: TestServer;
let asked: CertificateSigningRequest[];

beforeEach(async () => {
  clock = new FakeClock(new Date());
  directory = mkdtempSync(join(tmpdir(), 'manager-'));
  asked = [];
  server = await TestServer.start((request, response) => {
    if (request.method === 'POST') asked.push(JSON.parse(request.body) as CertificateSigningRequest);
    const certificate = sign(asked.at(-1)!);
    const signed = { ...asked.at(-1), status: { certificate } };
    answer(response, 200, { kind: 'List', metadata: { resourceVersion: '1' }, items: [signed] });
  });
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

/** Backdated, and for 100 days. */
function sign({ spec }: CertificateSigningRequest): string {
  const { publicKey, subject, dnsNames, ipAddresses } = parseCertificateRequest(
    Buffer.from(spec.request, 'base64').toString(),
  );
  const nowMs = clock.now().getTime();
  const pem = signCertificate({
    ca: server.authority.authority,
    publicKey,
    subject,
    sans: { dnsNames, ipAddresses },
    usages: spec.usages ?? [],
    notBefore: new Date(nowMs - 50 * DAY_MS),
    notAfter: new Date(nowMs + 100 * DAY_MS),
  });
  return Buffer.from(pem).toString('base64');
}

function manage(nodeIp = '127.0.1.1') {
  const stop = new AbortController();
  const used: { serial: string; isNew: boolean }[] = [];
  const manager = new CertificateManager({
    client: server.client(),
    store: new CertificateStore(directory, 'kubelet-server', clock),
    template: servingCertificateTemplate('node-1', nodeIp),
    rotate: true,
    onCertificate: ({ certificate }, isNew) => used.push({ serial: certificate.serialNumber, isNew }),
    clock,
    logger: silentLogger,
  });
  const ended = manager.run(stop.signal);
  const end = async () => {
    stop.abort();
    await ended;
  };
  return { used, end };
}

test('asks for a serving certificate with the node’s name and address, and uses it', async () => {
  const { used, end } = manage();
  await eventually(() => used.length === 1);
  const { spec } = asked[0]!;
  expect(spec).toMatchObject({
    signerName: 'kubernetes.io/kubelet-serving',
    usages: ['digital signature', 'server auth'],
  });
  const request = parseCertificateRequest(Buffer.from(spec.request, 'base64').toString());
  expect(request).toMatchObject({ dnsNames: ['node-1'], ipAddresses: ['127.0.1.1'] });
  await end();
});

test('goes on with the certificate that is there, until 70 to 90 percent of its life are over', async () => {
  const first = manage();
  await eventually(() => first.used.length === 1);
  await first.end();
  const { used, end } = manage();
  await eventually(() => used.length === 1);
  expect(used[0]).toEqual({ serial: first.used[0]!.serial, isNew: false });
  const advance = async (days: number) => {
    for (let day = 0; day < days; day += 1) {
      clock.advance(DAY_MS);
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    }
  };
  await advance(69);
  expect(asked.length).toBe(1);
  await advance(22);
  await eventually(() => used.length === 2);
  expect(used[1]).toMatchObject({ isNew: true });
  await end();
});

test('asks anew when the node has another address', async () => {
  const first = manage();
  await eventually(() => first.used.length === 1);
  await first.end();
  const { used, end } = manage('127.0.1.9');
  await eventually(() => used.length === 1);
  expect(used[0]?.isNew).toBe(true);
  expect(asked.length).toBe(2);
  await end();
});
