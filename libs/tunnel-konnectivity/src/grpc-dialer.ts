import type { Duplex } from 'node:stream';
import { DialDeadline, type Dialer, joinHostPort, type Target } from '@hawser/dial';
import { Code, GrpcClient, metadataValues } from '@hawser/grpc';
import { type Clock, systemClock } from '@hawser/runtime';
import type { FrontEnd } from './front-end.ts';
import { KonnectivityDialError } from './konnectivity-dial-error.ts';
import { HALF_CLOSE_METADATA, PROXY_METHOD } from './proxy-service.ts';
import { TunnelClient, TunnelClosedError } from './tunnel/tunnel-client.ts';

/** As for HTTP CONNECT: two dials, and what else kubectl does, are to end within five seconds. */
const DIAL_TIMEOUT_MS = 2_000;
const WINDOW_BYTES = 1024 * 1024;
const USER_AGENT = 'hawser/0.1.0';

export interface GrpcDialerOptions {
  /** Over TCP it must offer `h2`. */
  readonly frontEnd: FrontEnd;
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

/**
 * Reaches targets by a Konnectivity server's gRPC front end (upstream's egressselector, GRPC): a call each, all on one
 * connection, which is made anew when it is gone. A reader that is behind holds back its own call alone.
 */
export class GrpcDialer implements Dialer, Disposable {
  /** The front end is verified or on this machine, and the server's links to its agents are TLS. */
  readonly encrypted = true;
  readonly resolvesNames = true;
  readonly #frontEnd: FrontEnd;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #disposed = new AbortController();
  #client: GrpcClient | undefined;
  #connecting: Promise<GrpcClient> | undefined;

  constructor({ frontEnd, timeoutMs = DIAL_TIMEOUT_MS, clock = systemClock }: GrpcDialerOptions) {
    this.#frontEnd = frontEnd;
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
  }

  get through(): string {
    return `konnectivity ${this.#frontEnd.name}`;
  }

  /** @throws KonnectivityDialError */
  async dial(target: Target, signal?: AbortSignal): Promise<Duplex> {
    using deadline = new DialDeadline(this.#clock, this.#timeoutMs, signal);
    return await this.#dial(target, deadline.signal);
  }

  /** Ends the connection, and every tunnel through it. */
  [Symbol.dispose](): void {
    this.#disposed.abort();
    this.#client?.destroy();
  }

  async #dial(target: Target, signal: AbortSignal): Promise<Duplex> {
    const used = this.#client?.available ? this.#client : undefined;
    const failed = (stage: 'connect' | 'proxy', cause: unknown) =>
      new KonnectivityDialError(
        stage,
        joinHostPort(target),
        this.#frontEnd.name,
        signal.aborted ? signal.reason : cause,
      );
    if (used !== undefined)
      try {
        return await this.#ask(used, target, signal);
      } catch (error) {
        // A server that was restarted since: nothing was connected, and nothing said.
        if (!(error instanceof TunnelClosedError) || signal.aborted) throw failed('proxy', error);
      }
    const client = await this.#connect(signal).catch((error: unknown) => {
      throw failed('connect', error);
    });
    return this.#ask(client, target, signal).catch((error: unknown) => {
      throw failed('proxy', error);
    });
  }

  /** Opens a call for one tunnel. */
  async #ask(client: GrpcClient, target: Target, signal: AbortSignal): Promise<Duplex> {
    const call = client.call(PROXY_METHOD);
    let halfCloses = false;
    call.response.then(
      (metadata) => {
        halfCloses = metadataValues(metadata, HALF_CLOSE_METADATA).length > 0;
      },
      () => {},
    );
    const tunnel = new TunnelClient(call, {
      single: true,
      clock: this.#clock,
      halfClose: () => {
        if (halfCloses) call.end();
        return halfCloses;
      },
      doubt: () => client.probe(this.#timeoutMs / 2),
      doubtMs: this.#timeoutMs / 2,
    });
    const done = () => call.cancel({ code: Code.canceled, message: 'tunnel closed' });
    try {
      const stream = await tunnel.dial(target, signal);
      return stream.on('close', done);
    } catch (error) {
      done();
      throw error;
    }
  }

  /** Whoever dials meanwhile waits for the same connection; who gives up does not take it from the others. */
  async #connect(signal: AbortSignal): Promise<GrpcClient> {
    if (this.#client?.available) return this.#client;
    this.#connecting ??= this.#open().finally(() => {
      this.#connecting = undefined;
    });
    const gone = Promise.withResolvers<never>();
    const onAbort = () => gone.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      return await Promise.race([this.#connecting, gone.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #open(): Promise<GrpcClient> {
    using deadline = new DialDeadline(this.#clock, this.#timeoutMs, this.#disposed.signal);
    const socket = await this.#frontEnd.connect(deadline.signal);
    const client = new GrpcClient(socket, {
      authority: this.#frontEnd.address.startsWith('/') ? 'localhost' : this.#frontEnd.address,
      secure: this.#frontEnd.name.startsWith('https:'),
      userAgent: USER_AGENT,
      windowBytes: WINDOW_BYTES,
      clock: this.#clock,
    });
    // One that takes no more calls finishes those that it has.
    this.#client?.goAway();
    this.#client = client;
    return client;
  }
}
