import { expect, test } from 'bun:test';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { type AnyKind, pods } from '@hawser/api';
import { FakeClock } from '@hawser/runtime';
import type { Hub } from '../hub.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { handlePodLog } from './pod-log.ts';

const pod = { metadata: { name: 'p' }, spec: { nodeName: 'node-1', containers: [{ name: 'c' }] } };
const node = { metadata: { name: 'node-1' } };

/** A hub with one pod on one node whose kubelet answers as told. */
function setUp(request: (signal: AbortSignal) => Promise<IncomingMessage>) {
  const clock = new FakeClock();
  const lister = (kind: AnyKind) => ({ get: () => (kind === pods ? pod : node) });
  const kubelets = { request: (_node: object, { signal }: { signal: AbortSignal }) => request(signal) };
  const hub = { clock, resources: { lister }, kubelets } as unknown as Hub;
  const info = { namespace: 'a', name: 'p', query: new URLSearchParams() };
  const context = { info, signal: new AbortController().signal } as unknown as RequestContext;
  return { clock, answer: () => handlePodLog(hub, context) };
}

const kubeletAnswer = (statusCode: number, body: Readable, type = 'text/html') =>
  Object.assign(body, { statusCode, headers: { 'content-type': type } }) as unknown as IncomingMessage;

test('a log is plain text, whatever the kubelet says that it is', async () => {
  const { answer } = setUp(async () => kubeletAnswer(200, Readable.from(['<script>'])));
  const heads: unknown[] = [];
  const response = Object.assign(new PassThrough(), {
    writeHead: (...head: unknown[]) => void heads.push(head),
    flushHeaders: () => {},
  });
  await (await answer()).stream(response as unknown as ServerResponse);
  expect(heads).toEqual([[200, { 'Content-Type': 'text/plain' }]]);
  expect(response.read().toString()).toBe('<script>');
});

const silent = [
  { name: 'says nothing', request: () => new Promise<never>(() => {}) },
  { name: 'refuses and does not say why', request: async () => kubeletAnswer(500, new PassThrough()) },
  {
    name: 'would rather speak of something else',
    request: async () => kubeletAnswer(101, new PassThrough()),
  },
];
for (const { name, request } of silent)
  test(`a kubelet that ${name} is given up`, async () => {
    let signal: AbortSignal | undefined;
    const { answer, clock } = setUp((given) => {
      signal = given;
      return request();
    });
    const refused = answer().then(undefined, (error) => error);
    clock.advance(30_000);
    expect(await refused).toMatchObject({ reason: 'Timeout', code: 504 });
    expect(signal?.aborted).toBe(true);
  });

test('a log that goes on is not cut off', async () => {
  let signal: AbortSignal | undefined;
  const { answer, clock } = setUp(async (given) => {
    signal = given;
    return kubeletAnswer(200, new PassThrough());
  });
  await answer();
  clock.advance(3_600_000);
  expect(signal?.aborted).toBe(false);
});
