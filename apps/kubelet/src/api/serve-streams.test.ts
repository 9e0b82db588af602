import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SubjectAccessReview } from '@hawser/api';
import type { AuditEvent } from '@hawser/audit';
import { answer, TestAuthority, TestServer } from '@hawser/client/testing';
import { listenTls, type TlsListener } from '@hawser/http';
import { silentLogger } from '@hawser/observability';
import { systemClock } from '@hawser/runtime';
import { RuntimeLabel } from '../container-runtime/container-runtime.ts';
import { containerConfig, logged } from '../container-runtime/contract.ts';
import { ProcessRuntime } from '../container-runtime/process/process-runtime.ts';
import type { PodWorkers } from '../pods/pod-workers.ts';
import { makePod } from '../testing/pods.ts';
import { RecordedAudit } from '../testing/recorded-audit.ts';
import { Authenticator } from './authenticator.ts';
import { Authorizer } from './authorizer.ts';
import { KubeletMetrics } from './kubelet-metrics.ts';
import { createStreamServer } from './serve-streams.ts';

const authority = new TestAuthority('cluster-ca');
const recorded = new RecordedAudit();
let directory: string;
let hub: TestServer;
let listener: TlsListener;
let runtime: ProcessRuntime;
const asked: SubjectAccessReview['spec'][] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'streams-'));
  hub = await TestServer.start((request, response) => {
    const review = JSON.parse(request.body) as SubjectAccessReview;
    asked.push(review.spec);
    answer(response, 201, { ...review, status: { allowed: review.spec.user === 'hub' } });
  });
  const logger = silentLogger;
  const clock = systemClock;
  runtime = await ProcessRuntime.open({ rootDirectory: directory, logger });
  const pod = makePod();
  const { name, namespace, uid } = pod.metadata;
  const labels = { [RuntimeLabel.podUid]: uid! };
  const sandbox = await runtime.runPodSandbox({
    metadata: { name, namespace: namespace!, uid: uid!, attempt: 0 },
    hostname: name,
    logDirectory: join(directory, 'logs'),
    labels,
    annotations: {},
  });
  const config = containerConfig(
    ['sh', '-c', 'perl -e "$SERVER" & while read line; do echo "got $line"; done'],
    {
      envs: [{ key: 'SERVER', value: SERVER }],
      labels: { ...labels, [RuntimeLabel.containerName]: 'main' },
      stdin: true,
    },
  );
  await runtime.startContainer(await runtime.createContainer(sandbox, config));
  const client = hub.client();
  const lifetimes = { allowedMs: 300_000, deniedMs: 30_000 };
  const certificates = { client: () => undefined, server: () => undefined };
  const onUpgrade = createStreamServer({
    authenticator: new Authenticator(client, clock),
    authorizer: new Authorizer(client, 'node-1', lifetimes, clock),
    workers: {
      find: (_: string, wanted: string) => (wanted === name ? pod : undefined),
    } as unknown as PodWorkers,
    runtime,
    audit: recorded.audit,
    metrics: new KubeletMetrics({ nodeName: 'node-1', runtime, certificates }),
    clock,
    logger,
  });
  const material = { ...authority.issue('node-1'), clientCa: authority.certificate };
  listener = await listenTls(0, '127.0.0.1', { material, onRequest: () => {}, onUpgrade });
});

afterAll(async () => {
  await listener[Symbol.asyncDispose]();
  for (const { id } of await runtime.listPodSandbox()) await runtime.removePodSandbox(id);
  await runtime[Symbol.asyncDispose]();
  await hub[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

const BASE = '/exec/default/web/main';

/** What a session over WebSocket has brought, by channel. */
interface Session {
  readonly socket: WebSocket;
  readonly channels: string[];
  readonly closed: Promise<void>;
}

async function open(path: string, protocol = 'v5.channel.k8s.io', caller = 'hub'): Promise<Session> {
  const tls = { ca: authority.certificate, ...authority.issue(caller) };
  const url = `wss://127.0.0.1:${listener.address.port}${path}`;
  // Bun's own options, which the type of the global does not have.
  const socket = new WebSocket(url, { protocols: [protocol], tls } as unknown as string[]);
  socket.binaryType = 'arraybuffer';
  const channels = ['', '', '', ''];
  socket.onmessage = ({ data }) => {
    const bytes = Buffer.from(data as ArrayBuffer);
    channels[bytes[0]!] += bytes.toString('latin1', 1);
  };
  const closed = new Promise<void>((resolve) => {
    socket.onclose = () => resolve();
  });
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error('not opened'));
  });
  return { socket, channels, closed };
}

function send({ socket }: Session, channel: number, text: string): void {
  socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(text)]));
}

async function shown(session: Session, channel: number, text: string): Promise<void> {
  for (let tries = 0; tries < 500 && !session.channels[channel]!.includes(text); tries += 1)
    await Bun.sleep(10);
  expect(session.channels[channel]).toContain(text);
}

/** An upgrade by WebSocket that is not expected to succeed. */
function refused(path: string, caller = 'hub', method = 'GET'): Promise<{ code: number; text: string }> {
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
    'Sec-WebSocket-Protocol': 'v5.channel.k8s.io',
  };
  const options = {
    host: '127.0.0.1',
    port: listener.address.port,
    path,
    method,
    headers,
    agent: false as const,
  };
  return new Promise((resolve, reject) => {
    const identity = { ca: authority.certificate, ...authority.issue(caller) };
    const request = https.request({ ...options, ...identity }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve({ code: response.statusCode!, text }));
    });
    request.on('upgrade', () => reject(new Error('upgraded')));
    request.on('error', reject);
    request.end();
  });
}

describe('exec', () => {
  test('brings output, errors and the exit code', async () => {
    const query =
      'command=sh&command=-c&command=echo%20out;%20echo%20err%20%3E%262;%20exit%203&output=1&error=1';
    const { channels, closed } = await open(`${BASE}?${query}`);
    await closed;
    expect(channels.slice(0, 3)).toEqual(['', 'out\n', 'err\n']);
    expect(JSON.parse(channels[3]!)).toMatchObject({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '3' }] },
    });
  });

  test('takes input and its end, and says success', async () => {
    const session = await open(`${BASE}?command=cat&input=1&output=1`);
    send(session, 0, 'some input\n');
    session.socket.send(Buffer.from([255, 0]));
    await session.closed;
    expect(session.channels[1]).toBe('some input\n');
    expect(JSON.parse(session.channels[3]!)).toEqual({ metadata: {}, status: 'Success' });
  });

  test('gives a terminal of the client’s size', async () => {
    const session = await open(`${BASE}?command=sh&input=1&output=1&error=1&tty=1`);
    send(session, 4, '{"Width":111,"Height":22}');
    send(session, 0, 'stty size; exit\n');
    await session.closed;
    expect(session.channels[1]).toContain('22 111\r\n');
  });

  test('asks for leave to create, whatever the method', async () => {
    asked.length = 0;
    await refused(`${BASE}?command=true&output=1`, 'nobody');
    expect(asked).toMatchObject([
      { user: 'nobody', resourceAttributes: { verb: 'create', resource: 'nodes', subresource: 'proxy' } },
    ]);
  });

  const command = '?command=true&output=1';
  const cases = [
    {
      name: 'a pod that is not there',
      path: `/exec/default/none/main${command}`,
      code: 404,
      text: 'pod does not exist',
    },
    {
      name: 'a container that is not there',
      path: `/exec/default/web/none${command}`,
      code: 500,
      text: 'container not found ("none")',
    },
    {
      name: 'another pod of that name',
      path: `/exec/default/web/uid-2/main${command}`,
      code: 500,
      text: 'container not found ("main")',
    },
    {
      name: 'no stream',
      path: `${BASE}?command=true`,
      code: 400,
      text: 'you must specify at least 1 of stdin, stdout, stderr',
    },
    { name: 'another path', path: '/pods', code: 404, text: '404 page not found\n' },
    {
      name: 'another method',
      path: `${BASE}${command}`,
      method: 'PUT',
      code: 405,
      text: '405: Method Not Allowed',
    },
    {
      name: 'somebody who may not',
      path: `${BASE}${command}`,
      caller: 'nobody',
      code: 403,
      text: 'Forbidden (user=nobody, verb=create, resource=nodes, subresource(s)=[proxy])',
    },
    {
      name: 'port-forward to another pod of that name',
      path: '/portForward/default/web/uid-2',
      code: 404,
      text: 'pod not found',
    },
  ];
  for (const { name, path, caller, method, code, text } of cases)
    test(`of ${name} is refused with ${code}`, async () => {
      expect(await refused(path, caller, method)).toEqual({ code, text });
    });
});

describe('the audit trail of', () => {
  const stages = (events: readonly AuditEvent[]) => events.map(({ stage }) => stage);

  test('a command is there before it runs, and tells how much went through', async () => {
    const path = `${BASE}?command=cat&input=1&output=1`.replace('main', 'uid-1/main');
    const session = await open(path);
    send(session, 0, 'x'.repeat(5_000));
    await shown(session, 1, 'x'.repeat(5_000));
    const [started] = await recorded.events().then((all) => all.filter((event) => event.requestURI === path));
    session.socket.send(Buffer.from([255, 0]));
    await session.closed;
    const events = await recorded.eventsOf(path, 2);
    expect(stages(events)).toEqual(['ResponseStarted', 'ResponseComplete']);
    expect(events[0]).toEqual(started!);
    for (const event of events)
      expect(event).toMatchObject({
        verb: 'create',
        user: { username: 'hub' },
        objectRef: { resource: 'pods', namespace: 'default', name: 'web', uid: 'uid-1', subresource: 'exec' },
        responseStatus: { metadata: {}, code: 101 },
      });
    const { annotations = {} } = events[1]!;
    for (const way of ['received', 'sent']) {
      expect(Number(annotations[`hawser.dev/${way}-bytes`])).toBeGreaterThan(5_000);
      expect(Number(annotations[`hawser.dev/${way}-bytes`])).toBeLessThan(5_500);
    }
  });

  test('a client that goes away has an end', async () => {
    const path = '/attach/default/web/uid-1/main?output=1';
    const session = await open(path);
    await recorded.eventsOf(path, 1);
    session.socket.close();
    await session.closed;
    expect(stages(await recorded.eventsOf(path, 2))).toEqual(['ResponseStarted', 'ResponseComplete']);
  });

  test('a port-forward', async () => {
    const path = '/portForward/default/web?port=1';
    const session = await open(path, 'v4.channel.k8s.io');
    session.socket.close();
    await session.closed;
    const events = await recorded.eventsOf(path, 2);
    expect(stages(events)).toEqual(['ResponseStarted', 'ResponseComplete']);
    expect(events[0]).toMatchObject({ objectRef: { name: 'web', subresource: 'portforward' } });
  });

  const refusals = [
    { name: 'somebody who may not', path: `${BASE}?command=true&output=1&x=1`, caller: 'nobody', code: 403 },
    { name: 'a pod that is not there', path: '/exec/default/none/main?command=x&output=1', code: 404 },
  ];
  for (const { name, path, caller, code } of refusals)
    test(`${name} is one event`, async () => {
      await refused(path, caller);
      const events = await recorded.eventsOf(path, 1);
      expect(events).toMatchObject([
        { stage: 'ResponseComplete', verb: 'create', responseStatus: { status: 'Failure', code } },
      ]);
      expect(events[0]!.user.username).toBe(caller ?? 'hub');
    });

  test('a command whose event cannot be kept: it does not run', async () => {
    const append = recorded.outbox.append.bind(recorded.outbox);
    recorded.outbox.append = () => Promise.reject(new Error('the disk is full'));
    const marker = join(directory, 'ran');
    const session = await open(`${BASE}?command=touch&command=${marker}&output=1`);
    await session.closed;
    recorded.outbox.append = append;
    expect(JSON.parse(session.channels[3]!)).toMatchObject({
      status: 'Failure',
      message:
        'Internal error occurred: error executing command in container: its audit event could not be kept',
    });
    expect(existsSync(marker)).toBe(false);
  });
});

test('attach joins the container', async () => {
  const session = await open('/attach/default/web/uid-1/main?input=1&output=1');
  send(session, 0, 'hello\n');
  await shown(session, 1, 'got hello\n');
  session.socket.close();
  await session.closed;
});

describe('port-forward', () => {
  test('does not reach what is not the pod’s', async () => {
    const { port } = listener.address;
    const session = await open(`/portForward/default/web?port=${port}`, 'v4.channel.k8s.io');
    await shown(session, 1, `dial tcp 127.0.0.1:${port}: connect: connection refused`);
    expect(session.channels[1]!.slice(2)).toStartWith(`error forwarding port ${port} to pod `);
    session.socket.close();
    await session.closed;
  });

  test('reaches a port of the pod', async () => {
    const log = await logged(join(directory, 'logs/main/0.log'), 'listens on ');
    const port = Number(/listens on (\d+)/.exec(log)![1]);
    const session = await open(`/portForward/default/web?port=${port}`, 'v4.channel.k8s.io');
    await shown(session, 0, 'from the pod');
    session.socket.close();
    await session.closed;
  });
});

/** Listens on a port of the system's choice, prints it, and greets whoever comes. */
const SERVER = `
  socket(S, 2, 1, 0); bind(S, pack("S n C4 x8", 2, 0, 127, 0, 0, 1)); listen(S, 5); $| = 1;
  print("listens on ", (unpack "S n", getsockname S)[1], "\\n");
  while (accept C, S) { syswrite C, "from the pod"; close C }`;
