import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createRegistry, silentLogger } from '@hawser/observability';
import { systemClock } from '@hawser/runtime';
import { SshDialer, type SshDialerOptions, type SshNode } from '@hawser/tunnel-ssh';
import { sshUser } from '../../../scripts/sshd.ts';

/** Where targets listen: an address of the node's. */
export const HOST = '127.0.1.1';

export interface TunnelFixture extends AsyncDisposable {
  readonly dialer: SshDialer;
  /** What the dialer takes the node's published host keys to be; may be changed. */
  hostKeys: string | undefined;
  /** The value of one of its metrics, as it is written; undefined where it is not there. */
  metric(name: string): Promise<string | undefined>;
}

/** A dialer of one node, `node-1`, whose sshd is at a port of `host`. */
export function openTunnel(
  options: Pick<SshDialerOptions, 'keyFile' | 'port'> &
    Partial<Pick<SshDialerOptions, 'knownHostsFile' | 'user'>> & {
      hostKeys?: string | undefined;
      host?: string;
    },
): TunnelFixture {
  const registry = createRegistry();
  const fixture = { hostKeys: options.hostKeys };
  const nodes = (): SshNode[] => [{ name: 'node-1', host: options.host ?? HOST, hostKeys: fixture.hostKeys }];
  const dialer = new SshDialer({
    user: options.user ?? sshUser(),
    keyFile: options.keyFile,
    port: options.port,
    knownHostsFile: options.knownHostsFile,
    nodes,
    checkAddress: async (address) => address,
    registry,
    clock: systemClock,
    logger: silentLogger,
  });
  return Object.assign(fixture, {
    dialer,
    metric: async (name: string) => {
      const lines = (await registry.metrics()).split('\n');
      return lines
        .find((line) => line.startsWith(name) && !line.startsWith('#'))
        ?.split(' ')
        .at(-1);
    },
    [Symbol.asyncDispose]: async () => dialer[Symbol.dispose](),
  }) as TunnelFixture;
}

/** A TCP server on the node. */
export class TargetServer implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async listen(serve: (socket: Socket) => void): Promise<TargetServer> {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true }, serve);
    const target = new TargetServer(server);
    await new Promise<void>((resolve) => server.listen(0, HOST, () => resolve()));
    return target;
  }

  /** Sends back what comes, and ends when the other side does. */
  static echo(): Promise<TargetServer> {
    return TargetServer.listen((socket) => void socket.pipe(socket));
  }

  get target() {
    return { host: HOST, port: (this.server.address() as AddressInfo).port };
  }

  get connections(): number {
    return this.#sockets.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Sends something, and resolves with as much of what comes back. */
export function echoed(stream: Duplex, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = '';
    const onData = (chunk: Buffer) => {
      got += chunk;
      if (got.length < text.length) return;
      stream.off('data', onData).off('error', reject);
      resolve(got);
    };
    stream.on('data', onData).once('error', reject);
    stream.write(text);
  });
}
