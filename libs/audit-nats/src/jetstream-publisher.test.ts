import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { OutboxRecord } from '@hawser/audit';
import { createRegistry, silentLogger } from '@hawser/observability';
import { jetstream } from '@nats-io/jetstream';
import { AUDIT, EVENTS } from './event-stream.ts';
import { JetStreamPublisher, type JetStreamPublisherOptions } from './jetstream-publisher.ts';
import { MemoryOutbox } from './memory-outbox.testing.ts';
import { connectNats, type NatsOptions } from './nats-connection.ts';
import { tailStream } from './tail-stream.ts';
import { createTestAuthority, makeStreams, NatsServer } from './testing.ts';

let nextId = 0;
const record = (): OutboxRecord => {
  const id = `event-${++nextId}`;
  return {
    id: `${id}:ResponseComplete`,
    subject: 'audit.apiserver.create.core.pods.default',
    body: JSON.stringify({ id }),
  };
};
const records = (count: number) => Array.from({ length: count }, record);

/** A publisher at work, and what it publishes from. */
function startPublisher(nats: NatsOptions, options: Partial<JetStreamPublisherOptions> = {}) {
  const outbox = new MemoryOutbox();
  const registry = createRegistry();
  const makes = nats.clientName === 'apiserver' ? [AUDIT] : [];
  const publisher = new JetStreamPublisher({
    nats,
    outbox,
    registry,
    logger: silentLogger,
    makes,
    ...options,
  });
  const running = publisher.run(new AbortController().signal);
  const metric = async (name: string) => (await registry.getSingleMetric(name)!.get()).values[0]?.value ?? 0;
  return {
    outbox,
    publisher,
    running,
    metric,
    [Symbol.asyncDispose]: () => publisher[Symbol.asyncDispose](),
  };
}

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await Bun.sleep(10);
}

/** Reads the stream from its beginning until every wanted id was seen; returns all ids that came, in order. */
async function readIds(server: NatsServer, wanted: readonly OutboxRecord[]): Promise<string[]> {
  const missing = new Set(wanted.map(({ body }) => body));
  const seen: string[] = [];
  const stop = new AbortController();
  for await (const { body } of tailStream(
    { nats: server.clientOptions('audit-reader'), since: new Date(0) },
    stop.signal,
  )) {
    seen.push(body);
    missing.delete(body);
    if (missing.size === 0) stop.abort();
  }
  return seen;
}

describe('publishing', () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await new NatsServer().start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test('brings what was there before it started and what comes later to the stream, once and in order', async () => {
    await using publisher = startPublisher(server.clientOptions('apiserver'));
    const early = records(3);
    await publisher.outbox.append(early);
    await eventually(async () => (await publisher.metric('hawser_audit_published_total')) === 3);
    const late = records(1000);
    await publisher.outbox.append(late);
    expect(await readIds(server, [...early, ...late])).toEqual([...early, ...late].map(({ body }) => body));
  });

  test('keeps acknowledged events until the server has had time to sync them, then forgets them', async () => {
    await using patient = startPublisher(server.clientOptions('apiserver'), { syncIntervalMs: 3_600_000 });
    await using hasty = startPublisher(server.clientOptions('apiserver'), { syncIntervalMs: 50 });
    for (const { outbox } of [patient, hasty]) await outbox.append(records(5));
    await eventually(async () => (await patient.metric('hawser_audit_published_total')) === 5);
    await eventually(async () => (await hasty.outbox.count()) === 0);
    expect(await patient.outbox.count()).toBe(5);
    expect(await patient.metric('hawser_audit_outbox_pending')).toBe(5);
  });

  test('what a publisher before it had published already is not in the stream twice', async () => {
    const outbox = new MemoryOutbox();
    const same = records(10);
    await outbox.append(same);
    for (const _run of [1, 2]) {
      await using publisher = startPublisher(server.clientOptions('apiserver'), { outbox });
      await eventually(async () => (await publisher.metric('hawser_audit_published_total')) === 10);
    }
    const seen = await readIds(server, same);
    expect(seen.filter((body) => body === same[0]!.body)).toHaveLength(1);
  });

  test('leaves an event that is too large for the server aside, says so, and brings the others', async () => {
    const fatal: unknown[] = [];
    const logger = { ...silentLogger, error: (values: unknown) => void fatal.push(values) } as never;
    await using publisher = startPublisher(server.clientOptions('apiserver'), { logger, syncIntervalMs: 50 });
    const tooLarge = { ...record(), body: JSON.stringify('x'.repeat(9 * 1024 * 1024)) };
    const others = records(600);
    await publisher.outbox.append([...others.slice(0, 1), tooLarge, ...others.slice(1)]);
    expect(new Set(await readIds(server, others)).isSupersetOf(new Set(others.map(({ body }) => body)))).toBe(
      true,
    );
    await eventually(async () => (await publisher.outbox.count()) === 1);
    expect(await publisher.outbox.pending(2)).toMatchObject([{ id: tooLarge.id }]);
    expect(await publisher.metric('hawser_audit_parked')).toBe(1);
    expect(await publisher.metric('hawser_audit_publish_errors_total')).toBe(0);
    expect(fatal).toMatchObject([{ id: tooLarge.id }]);
  });

  test('stops promptly when disposed while events keep coming', async () => {
    const publisher = startPublisher(server.clientOptions('apiserver'));
    await publisher.outbox.append(records(5000));
    await eventually(async () => (await publisher.metric('hawser_audit_published_total')) > 0);
    await publisher[Symbol.asyncDispose]();
    await publisher.running;
    expect(await publisher.metric('hawser_audit_nats_connected')).toBe(0);
  });
});

describe('a server that is killed', () => {
  test('gets everything again when it is back, nothing is lost and nothing is twice', async () => {
    await using server = await new NatsServer().start();
    await using publisher = startPublisher(server.clientOptions('apiserver'));
    const before = records(500);
    await publisher.outbox.append(before);
    await eventually(async () => (await publisher.metric('hawser_audit_published_total')) >= 500);
    await server.kill();
    const during = records(500);
    await publisher.outbox.append(during);
    await eventually(async () => (await publisher.metric('hawser_audit_publish_errors_total')) > 0);
    await server.start();
    const seen = await readIds(server, [...before, ...during]);
    expect(seen.toSorted()).toEqual([...before, ...during].map(({ body }) => body).toSorted());
    expect(await publisher.outbox.count()).toBe(1000);
  }, 20_000);

  test('and that comes back with an empty disk gets what it had acknowledged and not synced', async () => {
    await using first = await new NatsServer().start();
    await using publisher = startPublisher(first.clientOptions('apiserver'));
    const events = records(50);
    await publisher.outbox.append(events);
    await eventually(async () => (await publisher.metric('hawser_audit_published_total')) === 50);
    await first.kill();
    first.wipeStore();
    await first.start();
    await eventually(async () => (await publisher.metric('hawser_audit_published_total')) === 100);
    expect(await readIds(first, events)).toHaveLength(50);
  }, 20_000);
});

describe('refused', () => {
  let server: NatsServer;
  const stranger = createTestAuthority('another-ca');
  beforeAll(async () => {
    server = await new NatsServer().start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const cases = [
    {
      name: 'a server whose certificate is of another authority',
      options: () => server.clientOptions('apiserver', { trusts: stranger }),
    },
    {
      name: 'a client whose certificate is of another authority',
      options: () => server.clientOptions('apiserver', { signedBy: stranger }),
    },
    { name: 'a client whose common name is no user', options: () => server.clientOptions('somebody') },
    {
      name: 'a server that is reached by a name its certificate does not have',
      options: () => {
        const options = server.clientOptions('apiserver');
        return { ...options, servers: options.servers.map((url) => url.replace('127.0.0.1', 'localhost')) };
      },
    },
  ];
  test.each(cases)('$name; events wait', async ({ options }) => {
    await expect(connectNats(options())).rejects.toThrow();
    await using publisher = startPublisher(options());
    await publisher.outbox.append(records(1));
    await eventually(async () => (await publisher.metric('hawser_audit_publish_errors_total')) >= 2);
    expect(await publisher.metric('hawser_audit_nats_connected')).toBe(0);
    expect(await publisher.outbox.count()).toBe(1);
  });

  test('a reader is told where it could not connect', async () => {
    const nats = { ...server.clientOptions('audit-reader'), servers: ['tls://127.0.0.1:1'] };
    const reading = tailStream({ nats }, new AbortController().signal).next();
    await expect(reading).rejects.toThrow('cannot connect to NATS at tls://127.0.0.1:1: connection refused');
  });

  test('a reader that publishes or deletes', async () => {
    await using publisher = startPublisher(server.clientOptions('apiserver'));
    await publisher.outbox.append(records(1));
    await eventually(async () => (await publisher.metric('hawser_audit_published_total')) === 1);
    const reader = await connectNats(server.clientOptions('audit-reader'));
    for (const subject of ['audit.forged', '$JS.API.STREAM.DELETE.AUDIT', '$JS.API.STREAM.PURGE.AUDIT']) {
      await expect(reader.request(subject, '{}', { timeout: 500 })).rejects.toThrow(/permission/i);
    }
    await reader.close();
  });

  test('a hub that deletes or purges the trail, or reads the inbox of another', async () => {
    const hub = await connectNats(server.clientOptions('apiserver'));
    for (const subject of ['$JS.API.STREAM.DELETE.AUDIT', '$JS.API.STREAM.PURGE.AUDIT']) {
      await expect(hub.request(subject, '{}', { timeout: 500 })).rejects.toThrow(/permission/i);
    }
    const spying = hub.subscribe('_INBOX_audit-reader.>');
    await expect(
      (async () => {
        for await (const _message of spying);
      })(),
    ).rejects.toThrow(/permission/i);
    await hub.close();
  });
});

describe('a node', () => {
  const subject = 'audit.kubelet.create.core.pods_exec.default';
  let server: NatsServer;
  beforeAll(async () => {
    server = await new NatsServer(undefined, ['a', 'a.b']).start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test('whose events wait publishes them once the hub has made the stream', async () => {
    await using node = startPublisher(server.clientOptions('kubelet-a.b'));
    const event = { ...record(), subject };
    await node.outbox.append([event]);
    await eventually(async () => (await node.metric('hawser_audit_publish_errors_total')) >= 1);
    await using _hub = startPublisher(server.clientOptions('apiserver'));
    await eventually(async () => (await node.metric('hawser_audit_published_total')) === 1);
    expect(await readIds(server, [event])).toHaveLength(1);
  });

  test('publishes nothing but events of kubelets, and neither reads nor changes the stream', async () => {
    await using _hub = startPublisher(server.clientOptions('apiserver'));
    const node = await connectNats(server.clientOptions('kubelet-a'));
    const stream = ['INFO', 'CREATE', 'UPDATE', 'DELETE', 'PURGE'].map(
      (verb) => `$JS.API.STREAM.${verb}.AUDIT`,
    );
    for (const forbidden of [
      'audit.apiserver.create.core.pods.default',
      '$JS.API.CONSUMER.CREATE.AUDIT',
      ...stream,
    ])
      await expect(node.request(forbidden, '{}', { timeout: 500 })).rejects.toThrow(/permission/i);
    await node.close();
  });

  for (const inbox of ['audit.>', '_INBOX_kubelet-a_b.>'])
    test(`named a does not hear ${inbox}`, async () => {
      const node = await connectNats(server.clientOptions('kubelet-a'));
      const spying = node.subscribe(inbox);
      const heard = (async () => {
        for await (const _message of spying);
      })();
      await expect(heard).rejects.toThrow(/permission/i);
      await node.close();
    });
});

describe.each([
  { client: 'konnectivity-server', subject: 'hawser.konnectivity.agent.connected' },
  { client: 'controller-manager', subject: 'hawser.controller-manager.certificate.signed' },
])('$client', ({ client: name, subject }) => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await new NatsServer().start();
    await makeStreams(server.clientOptions('apiserver'));
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test('publishes its events to a stream of theirs, which only their reader follows', async () => {
    await using publisher = startPublisher(server.clientOptions(name), { stream: EVENTS });
    await publisher.outbox.append([{ ...record(), subject }]);
    await eventually(async () => (await publisher.metric('hawser_events_published_total')) === 1);
    const stop = new AbortController();
    const seen: string[] = [];
    const nats = server.clientOptions('events-reader');
    const since = new Date(0);
    for await (const message of tailStream({ nats, stream: EVENTS, since }, stop.signal)) {
      seen.push(message.subject);
      stop.abort();
    }
    expect(seen).toEqual([subject]);
    const stranger = tailStream(
      { nats: server.clientOptions('audit-reader'), stream: EVENTS, since },
      new AbortController().signal,
    );
    await expect(stranger.next()).rejects.toThrow(/permission/i);
  });

  test('says in a header what its events are', async () => {
    await using publisher = startPublisher(server.clientOptions(name), { stream: EVENTS });
    await publisher.outbox.append([{ ...record(), subject }]);
    await eventually(async () => (await publisher.metric('hawser_events_published_total')) === 1);
    const reader = await connectNats(server.clientOptions('events-reader'));
    const consumer = await jetstream(reader).consumers.get('HAWSER');
    const message = await consumer.next();
    expect(message?.headers?.get('content-type')).toBe('application/cloudevents+json');
    await reader.close();
  });

  test('publishes neither audit events nor those of others, and reads nothing', async () => {
    await using _publisher = startPublisher(server.clientOptions(name), { stream: EVENTS });
    const client = await connectNats(server.clientOptions(name));
    const forbidden = [
      'audit.apiserver.create.core.pods.default',
      'hawser.apiserver.x.y',
      'hawser.konnectivityx.y.z',
      name === 'controller-manager' ? 'hawser.konnectivity.x.y' : 'hawser.controller-manager.x.y',
      '$JS.API.STREAM.UPDATE.AUDIT',
      // With sources and republish, its own stream would bring it the audit trail.
      ...['CREATE', 'UPDATE', 'INFO', 'DELETE'].map((verb) => `$JS.API.STREAM.${verb}.HAWSER`),
      '$JS.API.CONSUMER.CREATE.HAWSER',
    ];
    for (const each of forbidden)
      await expect(client.request(each, '{}', { timeout: 500 })).rejects.toThrow(/permission/i);
    await client.close();
  });
});
