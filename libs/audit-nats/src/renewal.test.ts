import { expect, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRegistry, silentLogger } from '@hawser/observability';
import { parseCertificate } from '@hawser/pki';
import { AUDIT } from './event-stream.ts';
import { JetStreamPublisher } from './jetstream-publisher.ts';
import { MemoryOutbox } from './memory-outbox.testing.ts';
import { connectNats } from './nats-connection.ts';
import { createTestAuthority, NatsServer } from './testing.ts';

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await Bun.sleep(10);
}

test('the authority is replaced under a publisher, and nothing it has to say is lost', async () => {
  const [old, next] = [createTestAuthority('old'), createTestAuthority('next')];
  await using server = await new NatsServer(old).start();
  const nats = server.clientOptions('apiserver');
  const outbox = new MemoryOutbox();
  const registry = createRegistry();
  const connections: string[] = [];
  const logger = {
    ...silentLogger,
    info: (_values: object, message: string) => {
      if (message.startsWith('publishing')) connections.push(message);
    },
  };
  await using publisher = new JetStreamPublisher({ nats, outbox, registry, logger, makes: [AUDIT] });
  void publisher.run(new AbortController().signal);
  const metric = async (name: string) => (await registry.getSingleMetric(name)!.get()).values[0]?.value ?? 0;
  let said = 0;
  const say = async () => {
    said += 1;
    const subject = 'audit.apiserver.create.core.pods.default';
    await outbox.append([{ id: `event-${said}`, subject, body: '{}' }]);
    // A new connection sends again what the server may not have kept.
    const before = await metric('hawser_audit_published_total');
    await eventually(async () => (await metric('hawser_audit_published_total')) > before);
  };
  const connectedTimes = (times: number) => eventually(async () => connections.length >= times);
  await say();

  // Both are trusted by both sides; then each shows what the new one has signed.
  await server.replaceCertificates(old, [old, next]);
  server.renew(nats, old, [old, next]);
  await connectedTimes(2);
  await say();
  const stale = { ...server.clientOptions('audit-reader', { signedBy: old, trusts: next }) };
  await server.replaceCertificates(next, [old, next]);
  server.renew(nats, next, [old, next]);
  await connectedTimes(3);
  await say();

  // The old one is trusted no more.
  await server.replaceCertificates(next, [next]);
  server.renew(nats, next, [next]);
  await connectedTimes(4);
  await say();
  expect(parseCertificate(readFileSync(nats.certificateFile, 'utf8')).issuer.commonName).toBe('next');
  await expect(connectNats(stale)).rejects.toThrow();
}, 30_000);

test('a certificate without its key does not interrupt a publisher', async () => {
  await using server = await new NatsServer().start();
  const nats = server.clientOptions('apiserver');
  const registry = createRegistry();
  const outbox = new MemoryOutbox();
  await using publisher = new JetStreamPublisher({
    ...{ nats, outbox, registry, logger: silentLogger, makes: [AUDIT] },
  });
  void publisher.run(new AbortController().signal);
  const metric = async (name: string) =>
    (await registry.getSingleMetric(name)?.get())?.values.find(
      ({ labels }) => labels['status'] === undefined || labels['status'] === 'failure',
    )?.value ?? 0;
  await eventually(async () => (await metric('hawser_audit_nats_connected')) === 1);
  writeFileSync(nats.certificateFile, readFileSync(server.clientOptions('apiserver').certificateFile));
  await eventually(async () => (await metric('hawser_tls_files_automatic_reloads_total')) > 0);
  expect(await metric('hawser_audit_nats_connected')).toBe(1);
  await server.kill();
  await eventually(async () => (await metric('hawser_audit_nats_connected')) === 0);
  await server.start();
  // It comes back with the pair that it had.
  await eventually(async () => (await metric('hawser_audit_nats_connected')) === 1);
}, 30_000);
