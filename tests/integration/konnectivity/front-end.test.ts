import { expect, test } from 'bun:test';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import net, { type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dialer } from '@hawser/dial';
import { GrpcDialer, HttpConnectDialer, UdsFrontEnd } from '@hawser/tunnel-konnectivity';
import { eventually } from '../../cluster/eventually.ts';
import { Constellation } from './constellation.ts';
import { converse, EchoTarget } from './echo-target.ts';

const TIMEOUT_MS = 150_000;
/** So much at once takes its time where others work, too. */
const PATIENCE_MS = 40_000;
const TARGET = '127.0.3.1';

/** A server whose front end is a unix socket, and an agent. */
async function startLocal(mode: string, ...more: string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'hawser-uds-'));
  const path = join(directory, 'front-end.sock');
  const serverFlags = () => ['--uds-name', path, '--server-port', '0', ...more];
  const constellation = await Constellation.start({
    servers: 1,
    agents: 1,
    serverFlags,
    unixFrontEnd: true,
    mode,
  });
  return {
    path,
    constellation,
    [Symbol.asyncDispose]: async () => {
      await constellation[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true });
    },
  };
}

async function reach(dialer: Dialer, { host, port }: EchoTarget): Promise<string> {
  return await converse(await dialer.dial({ host, port }), 'x');
}

for (const mode of ['http-connect', 'grpc'] as const)
  test(
    `a unix socket for nobody else, ${mode}`,
    async () => {
      await using local = await startLocal(mode);
      await using target = await EchoTarget.start(TARGET);
      expect(statSync(local.path).mode & 0o777).toBe(0o600);
      const frontEnd = new UdsFrontEnd(local.path);
      const dialer = mode === 'grpc' ? new GrpcDialer({ frontEnd }) : new HttpConnectDialer({ frontEnd });
      expect(await reach(dialer, target)).toBe(`${TARGET}\nx`);
    },
    TIMEOUT_MS,
  );

test(
  'one port for both protocols, told apart by ALPN',
  async () => {
    const mode = 'grpc,http-connect';
    await using constellation = await Constellation.start({ servers: 1, agents: 1, mode });
    await using target = await EchoTarget.start(TARGET);
    const { host, port } = target;
    expect(await converse(await constellation.dial(1, { host, port }), 'x')).toBe(`${TARGET}\nx`);
    using dialer = new GrpcDialer({ frontEnd: constellation.frontEnd(1, ['h2']) });
    expect(await reach(dialer, target)).toBe(`${TARGET}\nx`);
    const text = await constellation.serverMetrics(1);
    expect(text).toMatch(/^konnectivity_network_proxy_server_dial_duration_seconds_count 2$/m);
    expect(text).toMatch(/^konnectivity_network_proxy_server_ready_backend_connections 1$/m);
  },
  TIMEOUT_MS,
);

test(
  'ten thousand dials through an agent that is stuck time out, are counted, and leave nothing behind',
  async () => {
    await using local = await startLocal(
      'http-connect',
      '--backend-dial-timeout',
      '5s',
      '--keepalive-time',
      '60s',
    );
    const { constellation, path } = local;
    await using target = await EchoTarget.start(TARGET);
    const frontEnd = new UdsFrontEnd(path);
    expect(await reach(new HttpConnectDialer({ frontEnd }), target)).toBe(`${TARGET}\nx`);
    const agent = constellation.agents[0]!;
    process.kill(agent.pid, 'SIGSTOP');
    const answers: Promise<string>[] = [];
    const counts = () => constellation.serverMetrics(1);
    // However slow the machine is: those that came first may have been given up meanwhile.
    const haveCome = async () => {
      const text = await counts();
      const given = metricIn(text, 'dial_failure_count{reason="backend_dial_timeout"}');
      return metricIn(text, 'pending_backend_dials') + given === answers.length;
    };
    try {
      while (answers.length < 10_000) {
        // More at once than a socket lets wait to be accepted would be refused.
        for (let i = 0; i < 400; i += 1) answers.push(ask(net.connect(path), target.port));
        await eventually(haveCome, PATIENCE_MS);
      }
      expect(new Set(await Promise.all(answers))).toEqual(new Set(['HTTP/1.1 504 Gateway Timeout']));
    } finally {
      process.kill(agent.pid, 'SIGCONT');
    }
    expect(await counts()).toMatch(/dial_failure_count\{reason="backend_dial_timeout"\} 10000$/m);
    for (const gauge of ['pending_backend_dials', 'established_connections', 'http_connections'])
      await eventually(async () => new RegExp(`server_${gauge} 0$`, 'm').test(await counts()), PATIENCE_MS);
    // Awake again, the agent has ten thousand dials before it of which nobody wants to know any more.
    const isReached = async () =>
      (await reach(new HttpConnectDialer({ frontEnd }), target)) === `${TARGET}\nx`;
    await eventually(isReached, PATIENCE_MS);
    const open = 'konnectivity_network_proxy_agent_open_endpoint_connections';
    await eventually(async () => (await constellation.agentMetric(1, open)) === 0, PATIENCE_MS);
  },
  TIMEOUT_MS,
);

/** The value of one of a server's metrics. */
function metricIn(text: string, name: string): number {
  const begin = `konnectivity_network_proxy_server_${name} `;
  const line = text.split('\n').find((each) => each.startsWith(begin));
  return Number(line?.slice(begin.length));
}

/** The status line of what the server answers. */
async function ask(socket: Socket, port: number): Promise<string> {
  socket.on('error', () => {});
  socket.write(`CONNECT ${TARGET}:${port} HTTP/1.1\r\n\r\n`);
  const [chunk] = await once(socket, 'data');
  socket.destroy();
  return String(chunk).split('\r\n', 1)[0]!;
}
