import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Target } from '@hawser/dial';

/** Spreads connections over several targets, in turn, as a load balancer before servers does. */
export class TcpBalancer implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #next = 0;

  private constructor(readonly targets: readonly Target[]) {
    this.#server = createServer((client) => this.#carry(client));
  }

  static async start(own: Target, targets: readonly Target[]): Promise<TcpBalancer> {
    const balancer = new TcpBalancer(targets);
    await new Promise<void>((resolve) => balancer.#server.listen(own.port, own.host, resolve));
    return balancer;
  }

  /** How many connections it has had. */
  get connections(): number {
    return this.#next;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #carry(client: Socket): void {
    const target = this.targets[this.#next % this.targets.length]!;
    this.#next += 1;
    const server = connect(target);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket
        .on('error', () => other.destroy())
        .once('close', () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
    }
    client.pipe(server).pipe(client);
  }
}
