import { expect, test } from 'bun:test';
import { EventRecorder } from '@hawser/client';
import { answer, eventually, TestServer } from '@hawser/client/testing';
import { createRegistry, silentLogger } from '@hawser/observability';
import { createCertificateRequest, generateKeyPair } from '@hawser/pki';
import { FakeClock, systemClock } from '@hawser/runtime';
import { OwnDecisions } from '../certificate-events/own-decisions.ts';
import { InformerPool } from '../framework/informer-pool.ts';
import { LoopMetrics } from '../framework/loop-metrics.ts';
import { createApprovingController } from './approving-controller.ts';

const subject = { commonName: 'system:node:n1', organizations: ['system:nodes'] };
const request = createCertificateRequest({ keyPair: generateKeyPair(), subject });
const csr = {
  metadata: { name: 'c', uid: 'u', resourceVersion: '1' },
  spec: {
    request: Buffer.from(request).toString('base64'),
    signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
    usages: ['digital signature', 'client auth'],
    username: 'system:bootstrap:abcdef',
    groups: ['system:bootstrappers'],
  },
};

test('a right that comes later than the request is found, and the approval known as one’s own', async () => {
  let allowed = false;
  const asked: object[] = [];
  const approvals: string[] = [];
  await using server = await TestServer.start(({ method, url, body }, response) => {
    const { pathname, searchParams } = new URL(url, 'https://x');
    if (searchParams.has('watch')) return void response.writeHead(200).flushHeaders();
    if (method === 'GET') return answer(response, 200, { metadata: { resourceVersion: '1' }, items: [csr] });
    if (pathname.endsWith('/subjectaccessreviews')) {
      asked.push(JSON.parse(body).spec);
      return answer(response, 201, { ...JSON.parse(body), status: { allowed } });
    }
    approvals.push(`${method} ${pathname.split('/').slice(-2).join('/')}`);
    answer(response, 200, JSON.parse(body));
  });
  await using client = server.client();
  const logger = silentLogger;
  const clock = new FakeClock();
  const informers = new InformerPool({ client, clock: systemClock, logger });
  await using recorder = new EventRecorder({ client, component: 'test' });
  const metrics = new LoopMetrics(createRegistry());
  const decisions = new OwnDecisions();
  const context = { client, informers, recorder, clock, logger, metrics };
  const controller = createApprovingController(context, decisions.by('me'));
  const stop = new AbortController();
  const running = [informers.run(stop.signal), controller.run(stop.signal)];
  await eventually(() => asked.length === 1);
  expect(asked[0]).toMatchObject({
    user: 'system:bootstrap:abcdef',
    groups: ['system:bootstrappers'],
    resourceAttributes: { verb: 'create', subresource: 'nodeclient' },
  });
  allowed = true;
  // Its next look is set when the answer has been read.
  await eventually(() => {
    clock.advance(10_000);
    return approvals.length > 0;
  });
  expect(approvals).toEqual(['PUT c/approval']);
  expect(await decisions.authorOf('u', 'approved')).toBe('me');
  stop.abort();
  await Promise.all(running);
});
