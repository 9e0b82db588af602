import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '@hawser/runtime';
import { pipeBoth } from '@hawser/streams';
import { type ServeFrontEnd, type Tunnel, TunnelError, type TunnelOpener } from '../../link/front-end.ts';
import { ConnectRefusal, parseConnect } from './connect-request.ts';

export interface HttpConnectOptions {
  /** Told of each connection when it comes and when it is over. */
  readonly onConnections: (by: 1 | -1) => void;
  readonly clock: Clock;
}

/** No header means anything to a tunnel: whoever needs more than this has something else in mind. */
const MAX_HEAD_BYTES = 16 * 1024;
/** Longer than the hub keeps a connection that it has opened ahead. */
const HEAD_MS = 20_000;
/** What a client may say before it is answered; more waits in its socket. */
const MAX_EARLY_BYTES = 64 * 1024;
/** How long a client that was refused may take to close its side. */
const LINGER_MS = 5_000;

/** The front end for clients that say `CONNECT host:port`: one tunnel a connection. */
export function createHttpConnect(options: HttpConnectOptions): ServeFrontEnd {
  return (connection, client, opener) => {
    options.onConnections(1);
    connection.once('close', () => options.onConnections(-1));
    connection.on('error', () => connection.destroy());
    serve(connection, client, opener, options.clock).catch((error: unknown) => {
      if (error instanceof TunnelError || error instanceof ConnectRefusal)
        refuse(connection, codeOf(error), error.message, options.clock);
      else connection.destroy();
    });
  };
}

async function serve(connection: Duplex, client: string, opener: TunnelOpener, clock: Clock): Promise<void> {
  const intake = new Intake(connection);
  try {
    const target = parseConnect(await intake.head(clock));
    const tunnel = await opener.open({ target, client, frontEnd: 'http-connect' }, intake.gone);
    connection.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    await carry(connection, tunnel, intake.release());
  } catch (error) {
    intake.release();
    throw error;
  }
}

async function carry(connection: Duplex, tunnel: Tunnel, early: Buffer): Promise<void> {
  if (early.length > 0) tunnel.stream.write(early);
  const { aToB, bToA, error } = await pipeBoth(connection, tunnel.stream);
  const bytes = { toTarget: early.length + aToB, fromTarget: bToA };
  tunnel.ended(error === undefined ? bytes : { ...bytes, error });
}

/** What a client says before it has its tunnel, and whether it is still there. */
class Intake {
  readonly #gone = new AbortController();
  readonly #connection: Duplex;
  #bytes: Buffer = Buffer.alloc(0);
  #onMore: () => void = () => {};

  constructor(connection: Duplex) {
    this.#connection = connection;
    connection.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onEnd);
  }

  /** Aborts when the client has gone; one that has ended its half has nothing to say through a tunnel. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** The head of the request. @throws ConnectRefusal when it is too long or too late, Error when the client goes. */
  async head(clock: Clock): Promise<string> {
    const late = Promise.withResolvers<never>();
    using _timer = clock.after(HEAD_MS, () =>
      late.reject(new ConnectRefusal(408, 'the request did not come in time')),
    );
    for (;;) {
      const end = this.#bytes.indexOf('\r\n\r\n');
      if (end >= 0) {
        const head = this.#bytes.subarray(0, end).toString('latin1');
        this.#bytes = this.#bytes.subarray(end + 4);
        return head;
      }
      if (this.#bytes.length > MAX_HEAD_BYTES)
        throw new ConnectRefusal(431, 'the head of the request is too long');
      if (this.gone.aborted) throw new Error('the client has gone');
      await Promise.race([late.promise, new Promise<void>((resolve) => (this.#onMore = resolve))]);
    }
  }

  /** Gives the connection back, paused. @returns what has come after the head. */
  release(): Buffer {
    const { connection, onData, onEnd } = {
      connection: this.#connection,
      onData: this.#onData,
      onEnd: this.#onEnd,
    };
    connection.off('data', onData).off('end', onEnd).off('close', onEnd).pause();
    return this.#bytes;
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    if (this.#bytes.length >= MAX_EARLY_BYTES) this.#connection.pause();
    this.#onMore();
  };

  readonly #onEnd = (): void => {
    this.#gone.abort();
    this.#onMore();
  };
}

/** Upstream says 500 when no agent is there; to clients that know HTTP, 503 says that it may be there later. */
function codeOf(error: TunnelError | ConnectRefusal): number {
  if (error instanceof ConnectRefusal) return error.code;
  if (error.reason === 'no_agent') return 503;
  if (error.reason === 'backend_dial_timeout') return 504;
  if (error.reason !== 'error_response') return 502;
  // What the agent says of the target is words only, whichever agent it is.
  if (/timed? ?out|deadline exceeded/i.test(error.message)) return 504;
  return /too many open files/i.test(error.message) ? 503 : 502;
}

function refuse(connection: Duplex, code: number, message: string, clock: Clock): void {
  if (!connection.writable) return void connection.destroy();
  const body = `${message}\n`;
  const head = [
    `HTTP/1.1 ${code} ${STATUS_CODES[code]}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(code === 405 ? ['Allow: CONNECT'] : []),
    'Connection: close',
  ];
  // To close before all is read that the client has sent would take the answer from it.
  connection.resume().end(`${head.join('\r\n')}\r\n\r\n${body}`);
  const timer = clock.after(LINGER_MS, () => connection.destroy());
  connection.once('end', () => connection.destroy()).once('close', () => timer[Symbol.dispose]());
}
