import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUDIT, JetStreamPublisher, PUBLISHER_CLIENT } from '@hawser/audit-nats';
import { findNatsServer, MemoryOutbox } from '@hawser/audit-nats/testing';
import { homeLayout } from '@hawser/config';
import { createRegistry, silentLogger } from '@hawser/observability';
import { systemClock } from '@hawser/runtime';
import { createProgram } from '../program.ts';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const event = (verb: string) => ({
  id: verb,
  subject: `audit.apiserver.${verb}.core.pods.default`,
  body: JSON.stringify({
    verb,
    user: { username: 'alice' },
    stageTimestamp: '2026-01-01T00:00:00.000000Z',
    objectRef: { resource: 'pods', name: 'web', namespace: 'default' },
    responseStatus: { code: 200 },
  }),
});

test('what init writes makes a nats-server that the hub publishes to and audit tail reads from', async () => {
  const home = mkdtempSync(join(tmpdir(), 'hawser-tail-'));
  const natsPort = await freePort();
  const environment = { home, port: 6443 + natsPort - 4222, path: '' };
  const stop = new AbortController();
  let printed = '';
  const print = (text: string) => {
    printed += text;
    if (printed.includes(' delete ')) stop.abort();
  };
  const run = (...args: string[]) =>
    createProgram({ environment, clock: systemClock, print, signal: stop.signal }).parseAsync(args, {
      from: 'user',
    });

  await run('init');
  const { nats, natsPki } = homeLayout(home);
  const server = Bun.spawn([findNatsServer(), '-c', nats.config], { stdout: 'ignore', stderr: 'ignore' });
  try {
    const outbox = new MemoryOutbox();
    const registry = createRegistry();
    await using publisher = new JetStreamPublisher({
      nats: {
        servers: [`tls://127.0.0.1:${natsPort}`],
        caFile: natsPki.ca.certificate,
        certificateFile: natsPki.apiserver.certificate,
        keyFile: natsPki.apiserver.key,
        clientName: PUBLISHER_CLIENT,
      },
      outbox,
      registry,
      logger: silentLogger,
    });
    void publisher.run(stop.signal);
    await outbox.append([event('create'), event('get'), event('delete')]);
    while (!(await registry.metrics()).includes('hawser_audit_published_total 3')) await Bun.sleep(10);
    printed = '';
    await run('audit', 'tail', '--since', '1h', '--subject', AUDIT.subjects);
    expect(printed.split('\n')).toEqual([
      '2026-01-01T00:00:00.000000Z 200 alice create pods/web -n default',
      '2026-01-01T00:00:00.000000Z 200 alice get pods/web -n default',
      '2026-01-01T00:00:00.000000Z 200 alice delete pods/web -n default',
      '',
    ]);
  } finally {
    server.kill('SIGKILL');
    await server.exited;
    rmSync(home, { recursive: true });
  }
});
