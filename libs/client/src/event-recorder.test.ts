import { expect, test } from 'bun:test';
import { FakeClock } from '@hawser/runtime';
import { EventCorrelator } from './event-correlator.ts';
import { EventRecorder } from './event-recorder.ts';
import { answer, refusal, TestServer } from './testing.ts';

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-0', namespace: 'shop', uid: 'u1' } };

test('writes an event once and counts its repetitions up', async () => {
  await using server = await TestServer.start((request, response) =>
    answer(response, 200, JSON.parse(request.body)),
  );
  await using client = server.client();
  await using recorder = new EventRecorder({
    client,
    component: 'kubelet',
    host: 'n1',
    clock: new FakeClock(),
  });
  recorder.event(pod, 'Normal', 'Started', 'started');
  recorder.event(pod, 'Normal', 'Started', 'started');
  recorder.event(pod, 'Warning', 'Failed', 'failed');
  await recorder.flush();
  expect(server.requests.map((r) => r.method)).toEqual(['POST', 'PATCH', 'POST']);
  expect(server.requests[1]!.url).toMatch(/^\/api\/v1\/namespaces\/shop\/events\/web-0\.[0-9a-f]{16}$/);
  const event = JSON.parse(server.requests[0]!.body);
  expect(event).toMatchObject({
    involvedObject: { kind: 'Pod', name: 'web-0', namespace: 'shop', uid: 'u1' },
    reason: 'Started',
    type: 'Normal',
    count: 1,
    source: { component: 'kubelet', host: 'n1' },
    firstTimestamp: '2026-01-01T00:00:00Z',
  });
  expect(JSON.parse(server.requests[1]!.body)).toMatchObject({ count: 2 });
  expect(JSON.parse(server.requests[2]!.body).metadata.name).not.toBe(event.metadata.name);
});

test('makes a counted event anew when it has expired on the server', async () => {
  await using server = await TestServer.start((request, response) => {
    if (request.method === 'PATCH') answer(response, 404, refusal(404, 'NotFound'));
    else answer(response, 201, JSON.parse(request.body));
  });
  await using client = server.client();
  await using recorder = new EventRecorder({ client, component: 'kubelet' });
  recorder.event(pod, 'Normal', 'Started', 'started');
  recorder.event(pod, 'Normal', 'Started', 'started');
  await recorder.flush();
  expect(server.requests.map((r) => r.method)).toEqual(['POST', 'PATCH', 'POST']);
});

test('a refusal costs one event, not the recorder', async () => {
  let asked = 0;
  await using server = await TestServer.start((request, response) => {
    asked += 1;
    if (asked === 1) answer(response, 403, refusal(403, 'Forbidden'));
    else answer(response, 201, JSON.parse(request.body));
  });
  await using client = server.client();
  await using recorder = new EventRecorder({ client, component: 'kubelet' });
  recorder.event(pod, 'Normal', 'A', 'a');
  recorder.event(pod, 'Normal', 'B', 'b');
  await recorder.flush();
  expect(asked).toBe(2);
});

const facts = (message: string) => ({
  source: 's',
  subject: 'o',
  type: 'Warning',
  reason: 'BackOff',
  message,
});

test('combines the tenth variation of an event', () => {
  const correlator = new EventCorrelator(new FakeClock());
  const messages = Array.from({ length: 12 }, (_, i) => correlator.correlate(facts(`try ${i}`))?.message);
  expect(messages[8]).toBe('try 8');
  expect(messages[9]).toBe('(combined from similar events): try 9');
  expect(correlator.correlate(facts('try 20'))?.entry.count).toBe(4);
});

test('drops what an object reports beyond its burst, until time passes', () => {
  const clock = new FakeClock();
  const correlator = new EventCorrelator(clock);
  for (let i = 0; i < 25; i += 1) expect(correlator.correlate(facts('again'))).toBeDefined();
  expect(correlator.correlate(facts('again'))).toBeUndefined();
  clock.advance(300_000);
  expect(correlator.correlate(facts('again'))?.entry.count).toBe(26);
});
