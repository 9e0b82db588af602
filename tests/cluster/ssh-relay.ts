import { connect, createServer, type Server, type Socket } from 'node:net';

/** A way to an sshd that can be cut as by a firewall, and led to another sshd as by a man in the middle. */
export class SshRelay implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #isCut = false;

  private constructor(public target: { host: string; port: number }) {
    this.#server = createServer((socket) => this.#carry(socket));
  }

  static async start(target: { host: string; port: number }): Promise<SshRelay> {
    const relay = new SshRelay(target);
    await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', () => resolve()));
    return relay;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** From now on nothing gets through, and nobody is told. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** New connections get through again; those of before are as good as lost. */
  mend(): void {
    this.#isCut = false;
  }

  /** Ends every connection that goes through. */
  reset(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.reset();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #carry(client: Socket): void {
    const sshd = connect({ ...this.target, noDelay: true });
    for (const [from, to] of [
      [client, sshd],
      [sshd, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('data', (chunk) => this.#isCut || to.write(chunk));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        if (!this.#isCut) to.destroy();
      });
    }
  }
}
