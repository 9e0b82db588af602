import type { IncomingMessage } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '@hawser/runtime';
import {
  acceptRemoteCommand,
  type CommandStatus,
  type RemoteCommandStreams,
  servePortForward,
  UpgradeRefusedError,
} from '@hawser/streams';
import type { KubeletAudit } from '../audit/kubelet-audit.ts';
import type { RequestTrail } from '../audit/request-trail.ts';
import type { ContainerRuntime } from '../container-runtime/container-runtime.ts';
import type { PodWorkers } from '../pods/pod-workers.ts';
import { type CallerCheck, checkCaller } from './check-caller.ts';
import { exitStatus, internalErrorStatus, SUCCESS } from './command-status.ts';
import { findPod, findRunningContainer, findSandbox, NotRunningError } from './find-running.ts';
import type { KubeletMetrics } from './kubelet-metrics.ts';
import { parseStreamRequest, type StreamRequest } from './stream-request.ts';

export interface StreamServing extends CallerCheck {
  readonly workers: PodWorkers;
  readonly runtime: ContainerRuntime;
  readonly metrics: KubeletMetrics;
  readonly audit: KubeletAudit;
  readonly clock: Clock;
}

/**
 * Serves exec, attach and port-forward: requests that become streams, by WebSocket or SPDY. What goes wrong before
 * that is answered as plain HTTP, in upstream's words; what goes wrong after, on the error stream.
 */
export function createStreamServer(
  serving: StreamServing,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  return (request, socket, head) => {
    // A connection that breaks is seen by whoever reads it.
    socket.on('error', () => {});
    serve(serving, request, socket, head).catch((error: unknown) => {
      serving.logger.warn({ error, path: pathOf(request).pathname }, 'streams broken off');
      socket.destroy();
    });
  };
}

async function serve(
  serving: StreamServing,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const startedAtMs = serving.clock.now().getTime();
  const url = pathOf(request);
  const method = request.method ?? '';
  const parsed = parseStreamRequest(url);
  const trail = serving.audit.begin(request, url.pathname);
  const traffic = trafficOf(socket as TLSSocket, head);
  const finish = async (code: number, fault?: string) => {
    const seconds = (serving.clock.now().getTime() - startedAtMs) / 1000;
    serving.metrics.observeRequest(method, parsed?.kind ?? 'other', code, seconds);
    await trail.complete(code, fault);
  };
  const refuse = async (code: number, text: string) => {
    await finish(code, text);
    answerPlainly(socket, code, text);
  };
  const caller = await checkCaller(serving, request, method, url.pathname);
  trail.by(caller);
  if (caller.refusal !== undefined) return refuse(caller.refusal.code, caller.refusal.text);
  if (parsed === undefined) return refuse(404, '404 page not found\n');
  if (method !== 'GET' && method !== 'POST') return refuse(405, '405: Method Not Allowed');
  try {
    const session = await prepare(serving, parsed, trail);
    await session(request, socket, head).finally(() => trail.annotate(traffic()));
    await finish(101);
  } catch (error) {
    if (error instanceof NotRunningError) return refuse(error.code, error.message);
    // It was answered already.
    if (error instanceof UpgradeRefusedError) return finish(error.code, error.message);
    await trail.brokenOff(messageOf(error));
    throw error;
  }
}

type Session = (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;

/** Finds what is asked for, before anything is promised. @throws NotRunningError */
async function prepare(
  { workers, runtime, clock }: StreamServing,
  asked: StreamRequest,
  trail: RequestTrail,
): Promise<Session> {
  const { kind, streams, uid } = asked;
  if (kind !== 'portForward' && !(streams.stdin || streams.stdout || streams.stderr))
    throw new NotRunningError(400, 'you must specify at least 1 of stdin, stdout, stderr');
  const pod = findPod(workers, asked.namespace, asked.pod);
  if (kind === 'portForward') {
    const sandbox = await findSandbox(runtime, pod, uid);
    let recorded: Promise<void> | undefined;
    const onAccepted = () => {
      recorded = trail.started(101);
      // Whoever connects hears of it.
      recorded.catch(() => {});
    };
    const connect = async (port: number, signal: AbortSignal) => {
      try {
        await recorded;
        return await runtime.portForward(sandbox, port, signal);
      } catch (error) {
        const what = `error forwarding port ${port} to pod ${sandbox}, uid `;
        throw new Error(`${what}: ${messageOf(error)}`, { cause: error });
      }
    };
    return (request, socket, head) => servePortForward(request, socket, head, connect, { clock, onAccepted });
  }
  const container = await findRunningContainer(runtime, pod, uid, asked.container);
  return async (request, socket, head) => {
    const accepted = await acceptRemoteCommand(request, socket, head, { ...streams, clock });
    await accepted.finish(await run(runtime, asked, container, accepted, trail));
  };
}

async function run(
  runtime: ContainerRuntime,
  { kind, command, streams: { tty } }: StreamRequest,
  container: string,
  accepted: RemoteCommandStreams,
  trail: RequestTrail,
): Promise<CommandStatus> {
  const { stdin, stdout, stderr, signal } = accepted;
  const onResize = accepted.onResize.bind(accepted);
  const streams = { stdin, stdout, stderr, signal, onResize, tty };
  try {
    await trail.started(101);
    if (kind === 'exec') return exitStatus(command, await runtime.exec(container, command, streams));
    await runtime.attach(container, streams);
    return SUCCESS;
  } catch (error) {
    const what = kind === 'exec' ? 'executing command in' : 'attaching to';
    return internalErrorStatus(`error ${what} container: ${messageOf(error)}`);
  }
}

/** How many bytes go each way from now on, framing included: what an event tells of streams, as annotations. */
function trafficOf(socket: TLSSocket, head: Buffer): () => Record<string, string> {
  const before = { received: socket.bytesRead - head.length, sent: socket.bytesWritten };
  return () => ({
    'hawser.dev/received-bytes': String(socket.bytesRead - before.received),
    'hawser.dev/sent-bytes': String(socket.bytesWritten - before.sent),
  });
}

/** Only path and query count; the host is whatever the client takes it for. */
function pathOf({ url = '/' }: IncomingMessage): URL {
  return URL.parse(url, 'https://kubelet') ?? new URL('https://kubelet/');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function answerPlainly(socket: Duplex, code: number, text: string): void {
  if (!socket.writable) return void socket.destroy();
  const lines = [
    `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${text}`, () => socket.destroy());
}
