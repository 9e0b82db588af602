import { readFileSync } from 'node:fs';
import { connect, type TLSSocket } from 'node:tls';
import { sleep } from '@hawser/runtime';
import type { Cluster } from './cluster.ts';

/** Where a kubelet is, and what it takes to be let in: the hub's own certificate for kubelets. */
export interface KubeletAccess {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
}

export function kubeletAccess(cluster: Cluster, host: string): KubeletAccess {
  const { certificate, key } = cluster.layout.pki.apiserverKubeletClient;
  const tls = {
    ca: cluster.admin.identity.ca,
    cert: readFileSync(certificate, 'utf8'),
    key: readFileSync(key, 'utf8'),
  };
  return { host, port: cluster.ports.kubelet, tls };
}

const Channel = { stdin: 0, stdout: 1, stderr: 2, error: 3 } as const;

/** A session of exec, attach or port-forward over `v5.channel.k8s.io`, spoken by Bun's own WebSocket. */
export class ChannelSession {
  readonly closed: Promise<void>;
  readonly #texts = ['', '', '', ''];
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket, onStdout: ((data: Buffer) => void) | undefined) {
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }) => {
      const message = Buffer.from(data as ArrayBuffer);
      const channel = message[0]!;
      if (channel === Channel.stdout && onStdout !== undefined) onStdout(message.subarray(1));
      else this.#texts[channel] += message.toString('latin1', 1);
    };
    this.closed = new Promise((resolve) => {
      socket.onclose = () => resolve();
    });
  }

  /** @param onStdout gets what would be kept as text otherwise. */
  static async open(
    { host, port, tls }: KubeletAccess,
    path: string,
    {
      protocol = 'v5.channel.k8s.io',
      onStdout,
    }: { protocol?: string; onStdout?: (data: Buffer) => void } = {},
  ): Promise<ChannelSession> {
    // Bun's own options, which the type of the global does not have.
    const options = { protocols: [protocol], tls } as unknown as string[];
    const socket = new WebSocket(`wss://${host}:${port}${path}`, options);
    const session = new ChannelSession(socket, onStdout);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error(`${path} was not opened`));
    });
    return session;
  }

  get stdout(): string {
    return this.#texts[Channel.stdout]!;
  }

  get stderr(): string {
    return this.#texts[Channel.stderr]!;
  }

  /** The Status at the end. */
  get status(): { status: string; reason?: string; details?: { causes: { message: string }[] } } {
    return JSON.parse(this.#texts[Channel.error]!);
  }

  text(channel: number): string {
    return this.#texts[channel]!;
  }

  send(data: string | Buffer): void {
    this.#socket.send(Buffer.concat([Buffer.from([Channel.stdin]), Buffer.from(data as string)]));
  }

  /** Sends, and waits while much is on its way already. */
  async sendWhenTaken(data: Buffer): Promise<void> {
    this.send(data);
    while (this.#socket.bufferedAmount > 4 << 20) await sleep(1);
  }

  endInput(): void {
    this.#socket.send(Buffer.from([255, Channel.stdin]));
  }

  close(): void {
    this.#socket.close();
  }
}

/** The path of exec, with its command. */
export function execPath(
  namespace: string,
  pod: string,
  command: readonly string[],
  streams = 'output=1&error=1',
): string {
  const words = command.map((word) => `command=${encodeURIComponent(word)}`).join('&');
  return `/exec/${namespace}/${pod}/main?${words}&${streams}`;
}

/** Opens a session and reads nothing of it after the handshake. */
export async function openStalled({ host, port, tls }: KubeletAccess, path: string): Promise<TLSSocket> {
  const socket = connect({ host, port, ...tls, ALPNProtocols: ['http/1.1'] });
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  const headers = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
  headers.push(`Sec-WebSocket-Key: ${Buffer.alloc(16, 'k').toString('base64')}`);
  headers.push('Sec-WebSocket-Protocol: v5.channel.k8s.io');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\n${headers.join('\r\n')}\r\n\r\n`);
  const answer = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
  socket.pause();
  const [first] = answer.toString('latin1').split('\r\n');
  if (!first!.startsWith('HTTP/1.1 101')) throw new Error(`not upgraded: ${first}`);
  return socket;
}
