import type { Duplex } from 'node:stream';
import { DialError, joinHostPort, type Target } from '@hawser/dial';
import type { Logger } from '@hawser/observability';
import { Backoff, type Clock } from '@hawser/runtime';
import { fingerprint } from './host-key.ts';
import { checkHostKey, HostKeyError, type HostTrust } from './host-trust.ts';
import { ChannelRefusedError, type SshConnection } from './ssh-connection.ts';
import type { TunnelMetrics } from './tunnel-metrics.ts';
import { UnansweredError } from './unanswered-error.ts';

/** What a tunnel needs of a connection to the node's sshd. */
export type TunnelConnection = Pick<SshConnection, 'hostKey' | 'channels' | 'closed' | 'open' | 'close'>;

export interface NodeTunnelOptions {
  readonly node: string;
  /** How errors call the tunnel: `ssh: node "node-1" (10.0.0.1:22)`. */
  readonly label: string;
  /**
   * The keys of which the node must show one, asked anew for each connection.
   * @throws HostKeyError where none is known.
   */
  readonly trust: () => HostTrust;
  readonly connect: (trust: HostTrust, signal: AbortSignal) => Promise<TunnelConnection>;
  /** Told when a host key is refused: what is to be said to others than the log. */
  readonly onHostKeyRefused?: (node: string, why: string) => void;
  readonly metrics: TunnelMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The tunnel is not there: another node's may be. */
export class TunnelDownError extends DialError {
  override name = 'TunnelDownError';
}

const CONNECT_TIMEOUT_MS = 4_000;
/** A connection that lasted this long has worked: the next attempt comes at once. */
const STABLE_MS = 2_000;
/** Somebody who wants to go through does not wait for the back-off to end, but attempts keep this distance. */
const MIN_PAUSE_MS = 1_000;
const BACKOFF = { initialMs: 250, maxMs: 15_000 };

/** The connection to one node's sshd, kept: made at once, and again whenever it is lost. */
export class NodeTunnel implements Disposable {
  readonly #options: NodeTunnelOptions;
  readonly #backoff = new Backoff(BACKOFF);
  readonly #stopped = new AbortController();
  #connection: TunnelConnection | undefined;
  /** Resolves when the attempt under way is over, however. */
  #attempt: Promise<void> | undefined;
  /** Why there is no connection. */
  #failure = new Error('not connected yet');
  /** Since when the next attempt waits. */
  #pause: { sinceMs: number; timer: Disposable } | undefined;

  constructor(options: NodeTunnelOptions) {
    this.#options = options;
    options.metrics.up.set({ node: options.node }, 0);
    this.#start();
  }

  get isUp(): boolean {
    return this.#connection !== undefined;
  }

  /** How many connections go through. */
  get channels(): number {
    return this.#connection?.channels ?? 0;
  }

  /**
   * Goes through the tunnel to a target.
   * @throws TunnelDownError when there is no tunnel; DialError when the node cannot reach the target, or the signal
   *   aborts. Both name the tunnel.
   */
  async dial(target: Target, signal: AbortSignal): Promise<Duplex> {
    const connection = await this.#ready(signal);
    try {
      return await connection.open(target, signal);
    } catch (cause) {
      const error = cause as Error;
      if (!(error instanceof ChannelRefusedError) && !signal.aborted) throw this.#down(error);
      const { label } = this.#options;
      throw new DialError(`${label}: dial tcp ${joinHostPort(target)}: ${error.message}`, { cause });
    }
  }

  /** The node's keys may be others now: a connection that is not believed any more ends, what waits is tried. */
  recheck(): void {
    if (this.#pause !== undefined) this.#start();
    const connection = this.#connection;
    if (connection === undefined) return;
    try {
      checkHostKey(connection.hostKey, this.#options.trust());
    } catch (error) {
      connection.close(error as Error);
    }
  }

  [Symbol.dispose](): void {
    this.#stopped.abort(new Error('the tunnel has been given up'));
    this.#pause?.timer[Symbol.dispose]();
    this.#connection?.close(this.#stopped.signal.reason);
  }

  /**
   * The connection, or the one that is being made; but for a node that was silent nobody waits a second time: clients
   * ask twice (kubectl by WebSocket, then by SPDY), and are to hear within 5 s that the tunnel is cut.
   */
  async #ready(signal: AbortSignal): Promise<TunnelConnection> {
    if (this.#pause !== undefined && this.#nowMs - this.#pause.sinceMs >= MIN_PAUSE_MS) this.#start();
    else if (this.#attempt !== undefined && isUnanswered(this.#failure)) throw this.#down(this.#failure);
    if (this.#attempt !== undefined) await untilAborted(this.#attempt, signal);
    if (this.#connection !== undefined) return this.#connection;
    throw this.#down(this.#attempt === undefined ? this.#failure : (signal.reason as Error));
  }

  #start(): void {
    this.#pause?.timer[Symbol.dispose]();
    this.#pause = undefined;
    this.#attempt = this.#connect().finally(() => {
      this.#attempt = undefined;
    });
  }

  async #connect(): Promise<void> {
    const { connect, trust, metrics, clock } = this.#options;
    const { signal: stopped } = this.#stopped;
    const timeout = new AbortController();
    const stop = () => timeout.abort(stopped.reason);
    stopped.addEventListener('abort', stop, { once: true });
    using _timer = clock.after(CONNECT_TIMEOUT_MS, () => timeout.abort(new UnansweredError('i/o timeout')));
    try {
      metrics.opened.inc();
      this.#use(await connect(trust(), timeout.signal));
    } catch (error) {
      if (stopped.aborted) return;
      metrics.failed.inc();
      this.#failed(error as Error, 'ssh tunnel could not be made, trying until it is');
      this.#startAfter(this.#backoff.next());
    } finally {
      stopped.removeEventListener('abort', stop);
    }
  }

  #use(connection: TunnelConnection): void {
    const { metrics, logger, node, label } = this.#options;
    if (this.#stopped.signal.aborted) {
      connection.close(this.#stopped.signal.reason);
      return;
    }
    this.#connection = connection;
    metrics.up.set({ node }, 1);
    logger.info({ node, tunnel: label, hostKey: fingerprint(connection.hostKey) }, 'ssh tunnel is up');
    const sinceMs = this.#nowMs;
    void connection.closed.then((reason) => this.#lost(reason, this.#nowMs - sinceMs));
    // The node's keys may have changed since the attempt began.
    this.recheck();
  }

  #lost(reason: Error, lastedMs: number): void {
    const { metrics, node } = this.#options;
    this.#connection = undefined;
    if (this.#stopped.signal.aborted) return;
    metrics.up.set({ node }, 0);
    this.#failed(reason, 'ssh tunnel is lost');
    if (lastedMs >= STABLE_MS) {
      this.#backoff.reset();
      this.#start();
    } else this.#startAfter(this.#backoff.next());
  }

  #startAfter(ms: number): void {
    const timer = this.#options.clock.after(ms, () => this.#start());
    this.#pause = { sinceMs: this.#nowMs, timer };
  }

  #failed(error: Error, message: string): void {
    const { metrics, logger, node, label, onHostKeyRefused } = this.#options;
    const isNews = error.message !== this.#failure.message;
    this.#failure = error;
    if (error instanceof HostKeyError) metrics.hostKeyRefused.inc({ node });
    // The same complaint again and again would bury the others.
    logger[isNews ? 'warn' : 'debug']({ node, tunnel: label, error }, message);
    if (isNews && error instanceof HostKeyError) onHostKeyRefused?.(node, error.message);
  }

  #down(cause: Error): TunnelDownError {
    return new TunnelDownError(`${this.#options.label}: ${cause.message}`, { cause });
  }

  get #nowMs(): number {
    return this.#options.clock.now().getTime();
  }
}

/** Whether the reason, or what it comes from, is silence. */
const isUnanswered = (error: Error): boolean =>
  error instanceof UnansweredError || error.cause instanceof UnansweredError;

/** Resolves when the promise has, or the signal aborts, whichever is first. */
function untilAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const onAbort = () => resolve();
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    void promise.then(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
  });
}
