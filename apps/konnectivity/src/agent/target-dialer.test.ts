import { afterAll, beforeAll, expect, test } from 'bun:test';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { DialError, type Dialer } from '@hawser/dial';
import { createRegistry } from '@hawser/observability';
import { AgentMetrics } from './agent-metrics.ts';
import { TargetDialer } from './target-dialer.ts';
import { TargetPolicy } from './target-policy.ts';

const never = new AbortController().signal;
let server: Server;
let port: number;

/** Says good-bye first, and only then what it was told. */
beforeAll(async () => {
  server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {}).write('first');
    let heard = '';
    socket.on('data', (chunk) => {
      heard += chunk;
    });
    socket.on('end', () => socket.end(` heard ${heard}`));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => void server.close());

function dialerFor(identifiers: string, names: Record<string, string[]> = {}, dialer?: Dialer) {
  const metrics = new AgentMetrics(createRegistry());
  const policy = new TargetPolicy({ identifiers, allowLoopback: false });
  const resolve = async (host: string) =>
    names[host] ?? Promise.reject(new Error(`lookup ${host}: no such host`));
  return { metrics, targets: new TargetDialer({ policy, metrics, resolve, ...(dialer ? { dialer } : {}) }) };
}

const sample = async (metrics: AgentMetrics, line: string) =>
  (await metrics.registry.metrics()).includes(`konnectivity_network_proxy_agent_${line}\n`);

test('what a target says after our last word arrives', async () => {
  const { targets, metrics } = dialerFor('ipv4=127.0.0.1');
  const stream = await targets.dial({ host: '127.0.0.1', port }, never);
  expect(await sample(metrics, 'open_endpoint_connections 1')).toBe(true);
  const closed = once(stream, 'close');
  stream.end('hello');
  let text = '';
  for await (const chunk of stream) text += chunk;
  await closed;
  expect(text).toBe('first heard hello');
  expect(await sample(metrics, 'open_endpoint_connections 0')).toBe(true);
  expect(await sample(metrics, 'dial_duration_seconds_count 1')).toBe(true);
});

test('a target that is refused is named with the reason, and counted', async () => {
  const { targets, metrics } = dialerFor('');
  const attempt = targets.dial({ host: '127.0.0.1', port }, never);
  await expect(attempt).rejects.toBeInstanceOf(DialError);
  await expect(attempt).rejects.toThrow(
    `dial tcp 127.0.0.1:${port}: refused: the agent connects to loopback`,
  );
  expect(await sample(metrics, 'endpoint_dial_failure_total{reason="refused"} 1')).toBe(true);
});

test('a name is connected to at an address that was checked', async () => {
  const dialled: string[] = [];
  const dialer: Dialer = {
    dial: ({ host }) => {
      dialled.push(host);
      return Promise.reject(new DialError('dial tcp: i/o timeout'));
    },
  };
  const names = { web: ['169.254.169.254', '10.0.0.9'], metadata: ['169.254.169.254'] };
  const { targets, metrics } = dialerFor('', names, dialer);
  await expect(targets.dial({ host: 'web', port: 80 }, never)).rejects.toThrow('i/o timeout');
  await expect(targets.dial({ host: 'metadata', port: 80 }, never)).rejects.toThrow('refused');
  await expect(targets.dial({ host: 'nowhere', port: 80 }, never)).rejects.toThrow(
    'dial tcp nowhere:80: lookup nowhere: no such host',
  );
  expect(dialled).toEqual(['10.0.0.9']);
  expect(await sample(metrics, 'endpoint_dial_failure_total{reason="timeout"} 1')).toBe(true);
  expect(await sample(metrics, 'endpoint_dial_failure_total{reason="unknown"} 1')).toBe(true);
});

test('a name with several addresses is connected to at the first that answers', async () => {
  const names = { web: ['127.0.0.2', '127.0.0.1'] };
  const { targets } = dialerFor('ipv4=127.0.0.1&ipv4=127.0.0.2', names);
  const stream = await targets.dial({ host: 'web', port }, never);
  stream.destroy();
  const nowhere = targets.dial({ host: 'web', port: 1 }, never);
  await expect(nowhere).rejects.toThrow('dial tcp 127.0.0.2:1: connect ECONNREFUSED');
});

test('a dial ends when whoever asked gives up', async () => {
  const { targets } = dialerFor('ipv4=127.0.0.1');
  const attempt = targets.dial({ host: '127.0.0.1', port }, AbortSignal.abort(new Error('canceled')));
  await expect(attempt).rejects.toThrow('canceled');
});
