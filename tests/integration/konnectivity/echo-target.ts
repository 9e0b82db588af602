import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Listens where an agent is for, says its name first and then sends back what comes. */
export class EchoTarget implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(readonly host: string) {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {}).once('close', () => this.#sockets.delete(socket));
      socket.write(`${host}\n`);
      socket.pipe(socket);
    });
  }

  static async start(host: string): Promise<EchoTarget> {
    const target = new EchoTarget(host);
    await new Promise<void>((resolve) => target.#server.listen(0, host, resolve));
    return target;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/**
 * Says something to an echo, and returns all that was heard up to its answer; the stream is given up then. For
 * protocols that have no half-close.
 */
export async function exchange(stream: Duplex, words: string): Promise<string> {
  stream.write(words);
  let heard = '';
  for await (const chunk of stream) {
    heard += chunk;
    if (heard.endsWith(words)) break;
  }
  return heard;
}

/** Says something to an echo, ends, and returns all that was heard. */
export async function converse(stream: Duplex, words: string): Promise<string> {
  stream.end(words);
  let heard = '';
  for await (const chunk of stream) heard += chunk;
  return heard;
}
