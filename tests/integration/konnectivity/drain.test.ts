import { expect, test } from 'bun:test';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { eventually } from '../../cluster/eventually.ts';
import { Constellation } from './constellation.ts';
import { converse, EchoTarget } from './echo-target.ts';

const TIMEOUT_MS = 60_000;
const TARGET = '127.0.3.1';

/** Says something and waits until it has come back. */
async function echoed(stream: Duplex, words: string): Promise<void> {
  stream.write(words);
  let heard = '';
  while (!heard.includes(words)) heard += (await once(stream, 'data'))[0];
}

const refusal = (dial: Promise<unknown>) =>
  dial.then(
    () => 'connected',
    (error: Error) => error.message,
  );

test(
  'a server that is told to stop takes no more dials, and lets those that run finish',
  async () => {
    await using constellation = await Constellation.start({ servers: 1, agents: 1 });
    await using target = await EchoTarget.start(TARGET);
    const place = { host: TARGET, port: target.port };
    const running = await constellation.dial(1, place);
    await echoed(running, 'before');

    const server = constellation.servers[0]!;
    process.kill(server.pid, 'SIGTERM');
    const ready = () => constellation.serverHealth(1, '/readyz');
    await eventually(async () => (await ready()).text === 'the server is shutting down');
    expect((await ready()).status).toBe(500);
    expect((await constellation.serverHealth(1, '/healthz')).text).toBe('ok');
    expect(await refusal(constellation.dial(1, place))).toContain(
      'code 503: konnectivity tunnel (server server-1): the server is shutting down',
    );
    await eventually(() => constellation.agents[0]!.log().includes('a server is going away'));
    await echoed(running, 'while it drains');
    expect(await converse(running, 'the last')).toBe('the last');
    await eventually(() => !server.running);
    expect(server.exitCode).toBe(0);
  },
  TIMEOUT_MS,
);

test(
  'what runs longer than it may is ended',
  async () => {
    const serverFlags = () => ['--graceful-shutdown-timeout', '200ms'];
    await using constellation = await Constellation.start({ servers: 1, agents: 1, serverFlags });
    await using target = await EchoTarget.start(TARGET);
    const running = await constellation.dial(1, { host: TARGET, port: target.port });
    await echoed(running, 'before');
    const over = Promise.race([once(running, 'end'), once(running, 'close')]);
    running.resume();
    process.kill(constellation.servers[0]!.pid, 'SIGTERM');
    await over;
    running.destroy();
    await eventually(() => !constellation.servers[0]!.running);
    expect(constellation.servers[0]!.exitCode).toBe(0);
  },
  TIMEOUT_MS,
);

test(
  'after a server was killed and is back, so are its agents, within 2 s, and the next dial succeeds',
  async () => {
    await using constellation = await Constellation.start({ servers: 1, agents: 2 });
    await using target = await EchoTarget.start(TARGET);
    const server = constellation.servers[0]!;
    await server.kill9();
    server.start();
    await eventually(async () => (await constellation.serverHealth(1, '/healthz')).status === 200);
    const startedMs = performance.now();
    await constellation.allConnected();
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    const stream = await constellation.dial(1, { host: TARGET, port: target.port });
    expect(await converse(stream, 'again')).toBe(`${TARGET}\nagain`);
  },
  TIMEOUT_MS,
);
