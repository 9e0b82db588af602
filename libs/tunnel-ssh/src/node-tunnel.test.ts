import { afterEach, beforeEach, expect, test } from 'bun:test';
import { PassThrough } from 'node:stream';
import { createRegistry, type Registry, silentLogger } from '@hawser/observability';
import { FakeClock } from '@hawser/runtime';
import { HostKeyError, type HostTrust } from './host-trust.ts';
import { NodeTunnel, type TunnelConnection, TunnelDownError } from './node-tunnel.ts';
import { ChannelRefusedError } from './ssh-connection.ts';
import { hostKeyPair } from './testing-keys.ts';
import { TunnelMetrics } from './tunnel-metrics.ts';
import { UnansweredError } from './unanswered-error.ts';

const key = hostKeyPair().key;
const trusted: HostTrust = { keys: [key], source: 'its Node object', revoked: [] };
const target = { host: '10.0.0.1', port: 10250 };

/** A connection that goes when it is told to. */
class FakeConnection implements TunnelConnection {
  readonly hostKey = key.blob;
  readonly channels = 0;
  readonly #closed = Promise.withResolvers<Error>();
  refusal: Error | undefined;
  #fault: Error | undefined;

  get closed() {
    return this.#closed.promise;
  }

  async open() {
    if (this.#fault !== undefined) throw this.#fault;
    if (this.refusal !== undefined) throw this.refusal;
    return new PassThrough();
  }

  close(reason: Error): void {
    this.#fault ??= reason;
    this.#closed.resolve(reason);
  }
}

let clock: FakeClock;
let registry: Registry;
let attempts: PromiseWithResolvers<TunnelConnection>[];
let trust: () => HostTrust;
let refused: string[];
let tunnel: NodeTunnel;

beforeEach(() => {
  clock = new FakeClock();
  registry = createRegistry();
  attempts = [];
  trust = () => trusted;
  refused = [];
  tunnel = new NodeTunnel({
    node: 'node-1',
    label: 'ssh: node "node-1" (10.0.0.1:22)',
    trust: () => trust(),
    connect: (_trust, signal) => {
      const attempt = Promise.withResolvers<TunnelConnection>();
      signal.addEventListener('abort', () => attempt.reject(signal.reason));
      attempts.push(attempt);
      return attempt.promise;
    },
    onHostKeyRefused: (_node, why) => refused.push(why),
    metrics: new TunnelMetrics(
      registry,
      () => 0,
      () => [],
    ),
    clock,
    logger: silentLogger,
  });
});

afterEach(() => tunnel[Symbol.dispose]());

/** Lets what is resolved have its effect. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

async function connected(): Promise<FakeConnection> {
  const connection = new FakeConnection();
  attempts.at(-1)!.resolve(connection);
  await settled();
  return connection;
}

async function failed(error = new Error('connect ECONNREFUSED')): Promise<void> {
  attempts.at(-1)!.reject(error);
  await settled();
}

const dial = (signal = new AbortController().signal) => tunnel.dial(target, signal);
const metricLine = async (metric: string) =>
  (await registry.metrics()).split('\n').find((line) => line.startsWith(metric));

test('connects at once, and those who come meanwhile wait for it', async () => {
  expect(attempts).toHaveLength(1);
  const waiting = dial();
  await connected();
  expect(await waiting).toBeInstanceOf(PassThrough);
  expect(await metricLine('hawser_ssh_tunnel_up{')).toBe('hawser_ssh_tunnel_up{node="node-1"} 1');
});

test('a connection whose key was taken back while it was made carries nothing', async () => {
  trust = () => {
    throw new HostKeyError('its host key is not known');
  };
  const waiting = dial().catch((error: Error) => error);
  await connected();
  expect(await waiting).toMatchObject({
    message: 'ssh: node "node-1" (10.0.0.1:22): its host key is not known',
  });
  expect(tunnel.isUp).toBe(false);
  expect(refused).toEqual(['its host key is not known']);
});

test('a lost connection is made anew at once, if it has worked for a while', async () => {
  const connection = await connected();
  clock.advance(60_000);
  connection.close(new Error('no answer'));
  await settled();
  expect(attempts).toHaveLength(2);
  expect(tunnel.isUp).toBe(false);
});

test('nobody waits for a node that was silent just now; who comes once it answers goes through', async () => {
  const connection = await connected();
  clock.advance(60_000);
  const cause = new UnansweredError('no answer for 4 s');
  connection.close(new Error(cause.message, { cause }));
  await settled();
  expect(attempts).toHaveLength(2);
  await expect(dial()).rejects.toThrow('no answer for 4 s');
  await connected();
  expect(await dial()).toBeInstanceOf(PassThrough);
});

test('one that is lost as soon as it is made is made anew after a pause', async () => {
  const connection = await connected();
  connection.close(new Error('closed'));
  await settled();
  expect(attempts).toHaveLength(1);
  clock.advance(250);
  expect(attempts).toHaveLength(2);
});

test('the pauses between failures grow, up to 15 s', async () => {
  const pauses: number[] = [];
  for (let tries = 0; tries < 10; tries += 1) {
    await failed();
    const before = attempts.length;
    let pausedMs = 0;
    while (attempts.length === before) {
      clock.advance(50);
      pausedMs += 50;
    }
    pauses.push(pausedMs);
  }
  expect(pauses[0]).toBeLessThanOrEqual(250);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(15_000);
  expect(Math.min(...pauses.slice(-3))).toBeGreaterThanOrEqual(12_000);
});

test('while there is no tunnel, a dial fails at once and says why', async () => {
  await failed();
  await expect(dial()).rejects.toThrow('ssh: node "node-1" (10.0.0.1:22): connect ECONNREFUSED');
  await expect(dial()).rejects.toBeInstanceOf(TunnelDownError);
  expect(attempts).toHaveLength(1);
});

test('a dial does not wait for a long pause to end', async () => {
  for (let tries = 0; tries < 6; tries += 1) {
    await failed();
    if (tries < 5) clock.advance(15_000);
  }
  const before = attempts.length;
  clock.advance(1_000);
  expect(attempts).toHaveLength(before);
  const dialled = dial();
  expect(attempts).toHaveLength(before + 1);
  await connected();
  expect(await dialled).toBeInstanceOf(PassThrough);
});

test('an attempt is given up after 4 s', async () => {
  const waiting = dial();
  clock.advance(4_000);
  await expect(waiting).rejects.toThrow('ssh: node "node-1" (10.0.0.1:22): i/o timeout');
  await settled();
});

test('who gives up waiting is told so, and the attempt goes on', async () => {
  const patience = new AbortController();
  const waiting = dial(patience.signal);
  patience.abort(new Error('canceled'));
  await expect(waiting).rejects.toThrow('ssh: node "node-1" (10.0.0.1:22): canceled');
  await connected();
  expect(tunnel.isUp).toBe(true);
});

test('a target that the node cannot reach leaves the tunnel as it is', async () => {
  const connection = await connected();
  connection.refusal = new ChannelRefusedError('connection refused');
  const error = await dial().catch((error) => error);
  expect(error.message).toBe('ssh: node "node-1" (10.0.0.1:22): dial tcp 10.0.0.1:10250: connection refused');
  expect(error).not.toBeInstanceOf(TunnelDownError);
  expect(tunnel.isUp).toBe(true);
});

test('a key that is not the node’s any more ends the connection, is counted, and told once', async () => {
  await connected();
  trust = () => ({ ...trusted, keys: [hostKeyPair().key] });
  tunnel.recheck();
  await settled();
  expect(tunnel.isUp).toBe(false);
  expect(refused).toHaveLength(1);
  expect(refused[0]).toStartWith('host key verification failed');
  expect(await metricLine('hawser_ssh_tunnel_host_key_refused_total{')).toEndWith(' 1');
});

test('a node whose key is not known is not connected to until it is', async () => {
  await failed();
  trust = () => {
    throw new HostKeyError('its host key is not known');
  };
  clock.advance(250);
  await settled();
  expect(attempts).toHaveLength(1);
  await expect(dial()).rejects.toThrow('its host key is not known');
  trust = () => trusted;
  tunnel.recheck();
  expect(attempts).toHaveLength(2);
});

test('nothing is tried once it is disposed of', async () => {
  const connection = await connected();
  tunnel[Symbol.dispose]();
  await connection.closed;
  clock.advance(60_000);
  await settled();
  expect(attempts).toHaveLength(1);
});
