import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Channel } from './carry-streams.ts';

/** Longer than any token. */
const MAX_TOKEN_BYTES = 256;

/**
 * Where enter.pl calls back: a unix socket, for the kubelet's user only. A caller says first, in a line, which
 * command it is of; one that nobody waits for is sent away.
 */
export class ChannelListener implements AsyncDisposable {
  readonly #server: Server;
  readonly #awaited = new Map<string, (channel: Channel) => void>();
  readonly #undecided = new Set<Socket>();

  private constructor(readonly path: string) {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#meet(socket));
    // Commands do not keep a kubelet alive that is to end.
    this.#server.unref();
  }

  static open(path: string): Promise<ChannelListener> {
    const listener = new ChannelListener(path);
    rmSync(path, { force: true });
    return new Promise((resolve, reject) => {
      listener.#server.once('error', reject);
      listener.#server.listen(path, () => {
        chmodSync(path, 0o600);
        resolve(listener);
      });
    });
  }

  /** Waits for the caller with this token, until it is disposed of. */
  expect(token: string): Disposable & { readonly channel: Promise<Channel> } {
    const { promise, resolve } = Promise.withResolvers<Channel>();
    this.#awaited.set(token, resolve);
    return { channel: promise, [Symbol.dispose]: () => void this.#awaited.delete(token) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#undecided) socket.destroy();
    this.#server.close();
    rmSync(this.path, { force: true });
  }

  #meet(socket: Socket): void {
    let head = Buffer.alloc(0);
    this.#undecided.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#undecided.delete(socket));
    const onData = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\n');
      if (end < 0 && head.length <= MAX_TOKEN_BYTES) return;
      socket.off('data', onData);
      socket.pause();
      this.#undecided.delete(socket);
      const taker = this.#awaited.get(head.toString('latin1', 0, Math.max(0, end)));
      if (taker === undefined) socket.destroy();
      else taker({ socket, head: head.subarray(end + 1) });
    };
    socket.on('data', onData);
  }
}
