import type { Duplex } from 'node:stream';
import { type Clock, systemClock } from '@hawser/runtime';
import { pipeBoth } from '../pipe-both.ts';
import { SpdyConnection, type SpdyOptions } from '../spdy/spdy-connection.ts';
import type { SpdyStream } from '../spdy/spdy-stream.ts';
import { type ConnectPort, messageOf, parsePort } from './connect-port.ts';

/** How long a client may take from the first stream of a pair to the second (upstream's `streamCreationTimeout`). */
const STREAM_CREATION_MS = 30_000;
/** How long a client may take to let go of a connection that failed. */
const FAREWELL_MS = 10_000;

/** The streams of one forwarded connection, as far as they have come. */
interface Pair {
  readonly requestId: string;
  readonly timer: Disposable;
  error?: SpdyStream;
  data?: SpdyStream;
}

/**
 * Serves port-forward over SPDY (upstream's `cri/streaming/portforward/httpstream.go`): for each connection the
 * client opens an `error` and a `data` stream, which belong together by `requestID`.
 * @returns when the client has closed the connection.
 */
export async function serveSpdyPortForward(
  socket: Duplex,
  head: Buffer,
  connect: ConnectPort,
  options: Pick<SpdyOptions, 'clock' | 'keepAlive'> = {},
): Promise<void> {
  const pairs = new PairingTable(connect, options.clock ?? systemClock);
  const onStream = (stream: SpdyStream) => pairs.add(stream);
  const connection = new SpdyConnection(socket, { ...options, role: 'server', onStream }, head);
  await connection.closed;
  pairs[Symbol.dispose]();
}

class PairingTable implements Disposable {
  readonly #pairs = new Map<string, Pair>();
  /** Of the connections under way. */
  readonly #unwanted = new Set<AbortController>();

  constructor(
    private readonly connect: ConnectPort,
    private readonly clock: Clock,
  ) {}

  add(stream: SpdyStream): void {
    const { port, streamtype: type } = stream.headers;
    if (parsePort(port ?? '') === undefined || (type !== 'error' && type !== 'data'))
      return void stream.refuse();
    stream.accept();
    const pair = this.#pairOf(stream, type);
    if (pair[type] !== undefined) {
      const text = `error processing stream for request ${pair.requestId}: ${type} stream already assigned`;
      pair.error?.end(text);
      stream.destroy();
      return;
    }
    pair[type] = stream;
    const { error, data } = pair;
    if (error === undefined || data === undefined) return;
    this.#forget(pair);
    const unwanted = new AbortController();
    this.#unwanted.add(unwanted);
    void forward(error, data, this.connect, unwanted, this.clock).finally(() =>
      this.#unwanted.delete(unwanted),
    );
  }

  [Symbol.dispose](): void {
    for (const pair of [...this.#pairs.values()]) this.#forget(pair);
    const reason = new Error('the client has closed the connection');
    for (const unwanted of this.#unwanted) unwanted.abort(reason);
  }

  #pairOf(stream: SpdyStream, type: 'error' | 'data'): Pair {
    // Clients before 1.2 send no id, but open both streams one after the other.
    const requestId = stream.headers['requestid'] || String(type === 'error' ? stream.id : stream.id - 2);
    const known = this.#pairs.get(requestId);
    if (known !== undefined) return known;
    const timer = this.clock.after(STREAM_CREATION_MS, () => this.#giveUp(pair));
    const pair: Pair = { requestId, timer };
    this.#pairs.set(requestId, pair);
    return pair;
  }

  #giveUp(pair: Pair): void {
    this.#forget(pair);
    pair.error?.end(`(request=${pair.requestId}) timed out waiting for streams`);
    letGo(pair.error, this.clock);
    pair.data?.destroy();
  }

  #forget(pair: Pair): void {
    pair.timer[Symbol.dispose]();
    this.#pairs.delete(pair.requestId);
  }
}

/**
 * One connection. A port that cannot be reached is told on the error stream. A connection that breaks later is only
 * reset: kubectl ends its whole session when an error stream says anything (kubernetes issues 74551 and 111825).
 */
async function forward(
  error: SpdyStream,
  data: SpdyStream,
  connect: ConnectPort,
  unwanted: AbortController,
  clock: Clock,
): Promise<void> {
  data.once('close', () => unwanted.abort(new Error('the client has reset the stream')));
  try {
    const port = parsePort(data.headers['port'] ?? '')!;
    const target = await connect(port, unwanted.signal);
    if (data.destroyed) target.on('error', () => {}).destroy();
    else await pipeBoth(data, target);
    error.end();
  } catch (failure) {
    error.end(messageOf(failure));
    data.end();
    data.stopReading();
    letGo(data, clock);
  }
  letGo(error, clock);
}

/** Ends a stream that its peer may not end. */
function letGo(stream: SpdyStream | undefined, clock: Clock): void {
  if (stream === undefined || stream.destroyed) return;
  // What the client says on an error stream has no meaning; read to its end, the stream closes by itself.
  stream.stopReading();
  stream.resume();
  const timer = clock.after(FAREWELL_MS, () => stream.destroy());
  stream.once('close', () => timer[Symbol.dispose]());
}
