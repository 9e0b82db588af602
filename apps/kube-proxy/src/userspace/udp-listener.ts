import { createSocket, type Socket } from 'node:dgram';
import type { Clock } from '@hawser/runtime';
import { type Endpoint, endpointKey } from '../services/endpoint.ts';
import type { ListenerOptions } from './tcp-listener.ts';

/** How long a client that is silent, and not spoken to, keeps its endpoint and a socket. */
const IDLE_MS = 60_000;
/** Clients at once; of more, those that have been silent for longest are forgotten. */
const MAX_FLOWS = 8_192;

/** What a client may have said before its socket is connected. */
const MAX_WAITING = 64;

interface Flow {
  readonly socket: Socket;
  readonly endpoint: string;
  /** What waits for the socket to be connected; undefined once it is. */
  waiting: Buffer[] | undefined;
  atMs: number;
}

/** Takes datagrams at an address; each client has an endpoint, and a socket towards it, as long as it goes on. */
export class UdpListener {
  /** By client, in order of their last use. */
  readonly #flows = new Map<string, Flow>();
  #timer: Disposable | undefined;
  #closed = false;

  private constructor(
    private readonly socket: Socket,
    private readonly options: ListenerOptions & { readonly clock: Clock },
  ) {
    socket.on('message', (message, { address, port }) => this.#take(message, address, port));
    socket.on('error', () => {});
  }

  /** @throws Error of the system. */
  static open(options: ListenerOptions & { readonly clock: Clock }): Promise<UdpListener> {
    const socket = createSocket('udp4');
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(options.port, options.address, () => {
        socket.off('error', reject);
        resolve(new UdpListener(socket, options));
      });
    });
  }

  /** Datagrams know no end: when nobody listens any more, nothing goes on. */
  readonly connections = 0;

  /** Clients of endpoints that are not among these get another with their next datagram. */
  retain(serving: ReadonlySet<string>): void {
    for (const [client, { endpoint }] of this.#flows) if (!serving.has(endpoint)) this.#end(client);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
    for (const client of [...this.#flows.keys()]) this.#end(client);
    this.socket.close();
  }

  destroy(): void {
    this.close();
  }

  #take(message: Buffer, address: string, port: number): void {
    const client = `${address} ${port}`;
    const flow = this.#flows.get(client) ?? this.#begin(client, address, port);
    if (flow === undefined) return;
    this.#use(client, flow);
    if (flow.waiting === undefined) flow.socket.send(message);
    else if (flow.waiting.length < MAX_WAITING) flow.waiting.push(message);
  }

  #begin(client: string, address: string, port: number): Flow | undefined {
    const endpoint = this.options.choose(address, new Set());
    if (endpoint === undefined) return undefined;
    const oldest = this.#flows.keys().next().value;
    if (this.#flows.size >= MAX_FLOWS && oldest !== undefined) this.#end(oldest);
    const flow: Flow = {
      socket: createSocket('udp4'),
      endpoint: endpointKey(endpoint),
      waiting: [],
      atMs: 0,
    };
    flow.socket.on('message', (answer: Buffer) => {
      if (this.#flows.get(client) !== flow) return;
      this.#use(client, flow);
      this.socket.send(answer, port, address);
    });
    // Nobody is there: the next datagram may find another.
    flow.socket.on('error', () => {
      if (this.#flows.get(client) === flow) this.#end(client);
    });
    connect(flow, endpoint, (failed) => {
      if (this.#flows.get(client) !== flow) return false;
      if (failed) this.#end(client);
      return !failed;
    });
    this.#timer ??= this.options.clock.after(IDLE_MS, () => this.#forgetIdle());
    return flow;
  }

  #use(client: string, flow: Flow): void {
    flow.atMs = this.options.clock.now().getTime();
    this.#flows.delete(client);
    this.#flows.set(client, flow);
  }

  #forgetIdle(): void {
    const untilMs = this.options.clock.now().getTime() - IDLE_MS;
    for (const [client, { atMs }] of this.#flows) if (atMs <= untilMs) this.#end(client);
    this.#timer =
      this.#flows.size === 0 ? undefined : this.options.clock.after(IDLE_MS, () => this.#forgetIdle());
  }

  #end(client: string): void {
    const flow = this.#flows.get(client);
    this.#flows.delete(client);
    flow?.socket.close();
  }
}

/**
 * Connects a flow's socket, so that it hears from its endpoint alone, and sends what has waited for that.
 * @param goesOn told whether it failed, as where there is no route to the endpoint.
 */
function connect(flow: Flow, { ip, port }: Endpoint, goesOn: (failed: boolean) => boolean): void {
  // The error is missing from the types: what is to be called back is a listener there.
  flow.socket.connect(port, ip, (error?: Error) => {
    if (!goesOn(error !== undefined && error !== null)) return;
    for (const message of flow.waiting ?? []) flow.socket.send(message);
    flow.waiting = undefined;
  });
}
