import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUDIT, EVENTS, type EventStream, JetStreamPublisher } from '@hawser/audit-nats';
import { findNatsServer, MemoryOutbox } from '@hawser/audit-nats/testing';
import { homeLayout, type KeyFiles } from '@hawser/config';
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

const auditEvent = (verb: string) => ({
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

const cloudEvent = (what: string, service: string) => ({
  id: what,
  subject: `hawser.${service}.${what}`,
  body: JSON.stringify({
    type: `dev.hawser.${service}.${what}`,
    subject: '10.244.1.7:80\u001b[2J\n',
    time: '2026-01-01T00:00:00.000Z',
    data: { id: 7 },
  }),
});

interface Case {
  readonly name: string;
  readonly command: string;
  readonly stream: EventStream;
  readonly publisher: 'apiserver' | 'konnectivity-server' | 'controller-manager';
  readonly files: (layout: ReturnType<typeof homeLayout>) => KeyFiles;
  readonly events: { id: string; subject: string; body: string }[];
  readonly lines: string[];
}

const cases: Case[] = [
  {
    name: 'the hub publishes to and audit tail reads from',
    command: 'audit',
    stream: AUDIT,
    publisher: 'apiserver',
    files: ({ natsPki }) => natsPki.apiserver,
    events: ['create', 'get', 'delete'].map(auditEvent),
    lines: ['create', 'get', 'delete'].map(
      (verb) => `2026-01-01T00:00:00.000000Z 200 alice ${verb} pods/web -n default`,
    ),
  },
  {
    name: 'Konnectivity publishes to and events tail reads from',
    command: 'events',
    stream: EVENTS,
    publisher: 'konnectivity-server',
    files: ({ natsPki }) => natsPki.konnectivityServer,
    events: ['tunnel.opened', 'tunnel.closed'].map((what) => cloudEvent(what, 'konnectivity')),
    lines: ['opened', 'closed'].map(
      (what) =>
        `2026-01-01T00:00:00.000Z konnectivity.tunnel.${what} 10.244.1.7:80\\u001b[2J\\u000a {"id":7}`,
    ),
  },
  {
    name: 'the controller manager publishes to and events tail reads from',
    command: 'events',
    stream: EVENTS,
    publisher: 'controller-manager',
    files: ({ natsPki }) => natsPki.controllerManager,
    events: ['approved', 'signed'].map((what) => cloudEvent(`certificate.${what}`, 'controller-manager')),
    lines: ['approved', 'signed'].map(
      (what) =>
        `2026-01-01T00:00:00.000Z controller-manager.certificate.${what} 10.244.1.7:80\\u001b[2J\\u000a {"id":7}`,
    ),
  },
];
for (const { name, command, stream, publisher: clientName, files, events, lines } of cases)
  test(`what init writes makes a nats-server that ${name}`, async () => {
    const home = mkdtempSync(join(tmpdir(), 'hawser-tail-'));
    const natsPort = await freePort();
    const environment = { home, port: 6443 + natsPort - 4222, path: '' };
    const stop = new AbortController();
    let printed = '';
    const print = (text: string) => {
      printed += text;
      if (printed.includes(lines.at(-1)!)) stop.abort();
    };
    const run = (...args: string[]) =>
      createProgram({
        environment,
        clock: systemClock,
        print,
        printError: print,
        signal: stop.signal,
      }).parseAsync(args, {
        from: 'user',
      });

    await run('init');
    const layout = homeLayout(home);
    const server = Bun.spawn([findNatsServer(), '-c', layout.nats.config], {
      stdout: 'ignore',
      stderr: 'ignore',
    });
    try {
      const outbox = new MemoryOutbox();
      const registry = createRegistry();
      const natsAs = (name: string, { certificate, key }: KeyFiles) => ({
        servers: [`tls://127.0.0.1:${natsPort}`],
        caFile: layout.natsPki.ca.certificate,
        certificateFile: certificate,
        keyFile: key,
        clientName: name,
      });
      const hubRegistry = createRegistry();
      await using hub = new JetStreamPublisher({
        nats: natsAs('apiserver', layout.natsPki.apiserver),
        ...{ outbox: new MemoryOutbox(), registry: hubRegistry, logger: silentLogger },
        makes: [AUDIT, EVENTS],
      });
      void hub.run(stop.signal);
      const streamsMade = `\n${AUDIT.metrics}_nats_connected 1\n`;
      while (!(await hubRegistry.metrics()).includes(streamsMade)) await Bun.sleep(10);
      await using publisher = new JetStreamPublisher({
        nats: natsAs(clientName, files(layout)),
        ...{ stream, outbox, registry, logger: silentLogger },
      });
      void publisher.run(stop.signal);
      await outbox.append(events);
      const published = `${stream.metrics}_published_total ${events.length}`;
      while (!(await registry.metrics()).includes(published)) await Bun.sleep(10);
      printed = '';
      await run(command, 'tail', '--since', '1h', '--subject', stream.subjects);
      expect(printed.split('\n')).toEqual([...lines, '']);
    } finally {
      server.kill('SIGKILL');
      await server.exited;
      rmSync(home, { recursive: true });
    }
  });
