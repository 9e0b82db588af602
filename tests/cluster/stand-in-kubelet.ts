import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { type AddressInfo, isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Cluster } from './cluster.ts';
import { authorityOf, issue } from './identities.ts';
import type { Json } from './wire-client.ts';

/** A request as a kubelet got it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The connection, for requests that asked for another protocol. */
  readonly socket?: Duplex;
}

/** What it says to a request to upgrade: nothing more than 101, or a refusal. */
export type UpgradeAnswer = { readonly code: number; readonly body: string } | 'upgrade' | 'silence';

/**
 * Something in a kubelet's place, with a kubelet's certificate: it shows what the hub sends to a node, which a real
 * one keeps to itself, and says what a real one says seldom. It upgrades to whatever is asked for and then echoes.
 */
export class StandInKubelet implements AsyncDisposable {
  readonly seen: SeenRequest[] = [];
  answer: UpgradeAnswer = 'upgrade';
  /** Given where it shall speak a protocol itself. */
  serve: ((request: IncomingMessage, socket: Duplex, head: Buffer) => void) | undefined;
  readonly #server: https.Server;

  private constructor(
    readonly nodeName: string,
    server: https.Server,
  ) {
    this.#server = server;
  }

  /**
   * @param address on loopback, and no other's; the node is made as well.
   * @param advertised what its Node and its certificate say in place of that, where a tunnel leads there; its port is
   *   10250 then.
   */
  static async start(
    cluster: Cluster,
    nodeName: string,
    address: string,
    status: Json = {},
    advertised?: string,
  ): Promise<StandInKubelet> {
    const known = advertised ?? address;
    const isName = isIP(known) === 0;
    const material = issue(authorityOf(cluster.layout.pki.ca), {
      commonName: `system:node:${nodeName}`,
      organizations: ['system:nodes'],
      sans: isName ? { dnsNames: [known] } : { ipAddresses: [known] },
    });
    const ca = cluster.admin.identity.ca;
    const server = https.createServer({ ...material, ca, requestCert: true, rejectUnauthorized: true });
    const kubelet = new StandInKubelet(nodeName, server);
    server.on('upgrade', (request, socket: Duplex, head: Buffer) => {
      kubelet.seen.push({ method: request.method!, url: request.url!, headers: request.headers, socket });
      if (kubelet.serve !== undefined) return kubelet.serve(request, socket, head);
      kubelet.#upgrade(socket, head, request.headers.upgrade ?? '');
    });
    server.on('request', (request, response) => {
      kubelet.seen.push({ method: request.method!, url: request.url!, headers: request.headers });
      response.end(`kubelet ${request.url}`);
    });
    server.listen(0, address);
    await once(server, 'listening');
    const nodes = '/api/v1/nodes';
    await cluster.admin.post(nodes, { metadata: { name: nodeName } });
    await cluster.admin.patch(`${nodes}/${nodeName}/status`, 'merge', {
      status: {
        addresses: [{ type: isName ? 'Hostname' : 'InternalIP', address: known }],
        daemonEndpoints: { kubeletEndpoint: { Port: advertised === undefined ? kubelet.port : 10_250 } },
        ...status,
      },
    });
    return kubelet;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get last(): SeenRequest {
    return this.seen.at(-1)!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.seen) socket?.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #upgrade(socket: Duplex, head: Buffer, protocol: string): void {
    socket.on('error', () => socket.destroy());
    if (this.answer === 'silence') return;
    if (this.answer !== 'upgrade') {
      const { code, body } = this.answer;
      socket.end(
        `HTTP/1.1 ${code} No\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      return;
    }
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\nX-Chosen: yes\r\n\r\nhello`,
    );
    if (head.length > 0) socket.write(head);
    socket.pipe(socket);
  }
}
