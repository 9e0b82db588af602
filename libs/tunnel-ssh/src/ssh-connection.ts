import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connectSocket, DialError, peerText, type Target } from '@hawser/dial';
import { type Clock, every } from '@hawser/runtime';
import { Client, type ClientChannel } from 'ssh2';
import { ChannelStream } from './channel-stream.ts';
import { type Login, logIn } from './log-in.ts';
import { Places } from './places.ts';
import { CHECK_MS, silenceCheck } from './silence-check.ts';

export interface SshConnectionOptions extends Login {
  /** How errors call the connection: `ssh: node "node-1" (10.0.0.1:22)`. */
  readonly label: string;
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
}

/** The connection has gone, and with it everything that went through it. */
export class ConnectionLostError extends Error {
  override name = 'ConnectionLostError';
}

/** The node was reached, and said no to one target. */
export class ChannelRefusedError extends Error {
  override name = 'ChannelRefusedError';
}

/** By ssh2's windows it is 3 MiB at most, but it takes what comes beyond: a host that sends that is up to no good. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;
/** What waits to be taken by the host: what is written stops far below, but ssh2 answers whatever it is asked. */
const MAX_UNSENT_BYTES = 8 * 1024 * 1024;
/**
 * Channels to one target that sshd has not answered. There is no taking back: for a target that is dead, sshd goes on
 * for minutes, each time with a file of the thousand or so that it may have, while those who asked have long gone.
 */
const MAX_OPENING = 64;
/** Of bytes that wait in the connection, beyond what the kernel takes; more would hold up the other channels. */
const MAX_QUEUED_BYTES = 512 * 1024;

/** One connection to a host's sshd, verified and logged in. */
export class SshConnection implements Disposable {
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #streams = new Set<ChannelStream>();
  readonly #opening = new Places(MAX_OPENING);
  /** Writes that wait until the socket has drained, in their order. */
  readonly #waiting: (() => void)[] = [];
  readonly #closed = Promise.withResolvers<Error>();
  #fault: Error | undefined;

  readonly #label: string;

  private constructor(
    client: Client,
    socket: Socket,
    /** The key that the host has shown. */
    readonly hostKey: Buffer,
    { clock, label }: SshConnectionOptions,
  ) {
    this.#client = client;
    this.#socket = socket;
    this.#label = label;
    const checkSilence = silenceCheck(socket, clock);
    const watch = every(clock, CHECK_MS, () => {
      const cause = checkSilence() ?? this.#checkMemory();
      if (cause !== undefined) this.close(new ConnectionLostError(cause.message, { cause }));
    });
    socket.on('drain', () => this.#drained());
    client.on('error', ({ message }: Error) => this.close(new ConnectionLostError(peerText(message))));
    client.on('close', () => {
      watch[Symbol.dispose]();
      this.#end();
    });
  }

  /**
   * Connects, verifies the host's key, and logs in.
   * @throws HostKeyError when the host shows another key; Error when it cannot be reached, or does not let us in.
   */
  static async connect(options: SshConnectionOptions, signal: AbortSignal): Promise<SshConnection> {
    const { host, port } = options;
    const socket = await connectSocket({ host, port }, { allowHalfOpen: false, signal });
    const client = new Client();
    // It complains as often as it likes, also after the first complaint has been heard: never without a listener.
    client.on('error', () => {});
    try {
      const hostKey = await logIn(client, socket, options, signal);
      const connection = new SshConnection(client, socket, hostKey, options);
      askForNoDelay(client);
      return connection;
    } catch (error) {
      socket.destroy();
      throw signal.aborted ? signal.reason : error;
    }
  }

  /** How many channels are open. */
  get channels(): number {
    return this.#streams.size;
  }

  /** Resolves with the reason when the connection has ended. Never rejects. */
  get closed(): Promise<Error> {
    return this.#closed.promise;
  }

  /**
   * Has the host connect to a target.
   * @throws ChannelRefusedError with the host's reason; ConnectionLostError; the signal's reason. A channel that
   *   opens after that is closed again.
   */
  async open(target: Target, signal: AbortSignal): Promise<Duplex> {
    const giveBack = await this.#opening.take(`${target.host} ${target.port}`, signal);
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(signal.reason);
      const opened = (error: Error | undefined, channel: ClientChannel) => {
        signal.removeEventListener('abort', onAbort);
        giveBack();
        if (error) reject(this.#fault ?? new ChannelRefusedError(openFailure(error)));
        else if (signal.aborted) drop(channel);
        else resolve(this.#streamOf(channel));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        if (this.#fault !== undefined) throw this.#fault;
        this.#client.forwardOut('127.0.0.1', 0, target.host, target.port, opened);
      } catch (error) {
        signal.removeEventListener('abort', onAbort);
        giveBack();
        reject(error);
      }
    });
  }

  /** Ends the connection; every channel's stream ends with the reason. */
  close(reason: Error): void {
    this.#fault ??= reason;
    this.#socket.destroy();
    this.#end();
  }

  [Symbol.dispose](): void {
    this.close(new ConnectionLostError('closed'));
  }

  #streamOf(channel: ClientChannel): Duplex {
    const stream = new ChannelStream(channel, (callback) => this.#whenWritable(callback));
    this.#streams.add(stream);
    stream.once('close', () => this.#streams.delete(stream));
    return stream;
  }

  /** A window is kept by the one who sends; one who does not keep it could fill the memory, or who takes no answers. */
  #checkMemory(): Error | undefined {
    if (this.#socket.writableLength > MAX_UNSENT_BYTES)
      return new Error('the host takes too little of what it asked for');
    for (const { unreadBytes } of this.#streams)
      if (unreadBytes > MAX_UNREAD_BYTES) return new Error('the host sends more than it was allowed to');
    return undefined;
  }

  /** Before ssh2 does: to it, a channel of a connection that was cut has come to its end. */
  #end(): void {
    this.#fault ??= new ConnectionLostError('the host has closed the connection');
    const error = new DialError(`${this.#label}: ${this.#fault.message}`, { cause: this.#fault });
    for (const stream of this.#streams) stream.destroy(error);
    this.#waiting.length = 0;
    this.#closed.resolve(this.#fault);
  }

  /** ssh2 writes whatever a channel's window allows, 2 MiB for each; the socket would pile that up. */
  #whenWritable(callback: () => void): void {
    if (this.#waiting.length === 0 && this.#socket.writableLength < MAX_QUEUED_BYTES) callback();
    else this.#waiting.push(callback);
  }

  #drained(): void {
    while (this.#waiting.length > 0 && this.#socket.writableLength < MAX_QUEUED_BYTES)
      this.#waiting.shift()!();
  }
}

/**
 * sshd delays small packets (Nagle's algorithm) until a command is asked for on the connection; until then requests
 * that open and close channels take 40 ms each. It asks for no right: it is the request that counts, and accounts
 * that may run nothing (`restrict`, a `nologin` shell) refuse the command afterwards. Only `MaxSessions 0` does so
 * before.
 */
function askForNoDelay(client: Client): void {
  client.exec('true', (_error, channel) => {
    if (channel !== undefined) drop(channel);
  });
}

function drop(channel: ClientChannel): void {
  channel.on('error', () => {});
  channel.resume();
  channel.stderr.resume();
  channel.destroy();
}

/** RFC 4254, section 5.1. */
const ADMINISTRATIVELY_PROHIBITED = 1;

/** What sshd says, such as `connection refused`; of what it may not do it says no more than `open failed`. */
function openFailure(error: Error & { reason?: unknown }): string {
  const said = peerText(error.message.replace('(SSH) Channel open failure: ', '').toLowerCase());
  return error.reason === ADMINISTRATIVELY_PROHIBITED ? `administratively prohibited: ${said}` : said;
}
