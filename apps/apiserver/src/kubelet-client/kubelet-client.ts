import http, { type IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { ApiError, type Node } from '@hawser/api';
import { DialError, type Dialer, joinHostPort, type Target } from '@hawser/dial';
import { checkedAddress, ForbiddenAddressError } from '../connect/checked-address.ts';
import { dialVerified } from '../connect/dial-verified.ts';
import { namingWay } from '../connect/naming-way.ts';

export interface KubeletClientOptions {
  /** How connections towards nodes are made. */
  readonly dialer: Dialer;
  /** The CA that must vouch for kubelets' serving certificates; read anew for each connection. */
  readonly readCa: () => string | Buffer;
  /** Who the hub is to kubelets. */
  readonly readCertificate: () => { cert: string | Buffer; key: string | Buffer };
  /** Which of a node's addresses to use, best first. */
  readonly addressTypes: readonly string[];
  /** Whether a node may be on a loopback address, as those of a development cluster are. */
  readonly allowLoopback: boolean;
}

export interface KubeletRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly signal: AbortSignal;
}

/** A verified connection to a kubelet. */
export interface KubeletConnection {
  readonly socket: TLSSocket;
  /** What `Host` is to say. */
  readonly host: string;
}

/** Where a kubelet listens when its Node does not say. */
const KUBELET_PORT = 10250;

/**
 * Requests to kubelets, over TLS that verifies the kubelet's serving certificate and shows our own. There is no
 * way around the verification. A node writes its own address and port: were its name not checked too, it could
 * point the hub, and with it the hub's rights, at another node or at the hub itself.
 */
export class KubeletClient {
  readonly #options: KubeletClientOptions;

  constructor(options: KubeletClientOptions) {
    this.#options = options;
  }

  /**
   * Sends a request to a node's kubelet.
   * @returns the head of its answer, with the body still to be read.
   * @throws ApiError InternalError when the node cannot be reached or is not who it should be.
   */
  async request(node: Node, { method, path, signal }: KubeletRequest): Promise<IncomingMessage> {
    const target = this.targetOf(node);
    try {
      const socket = await this.#dial(node, target, signal);
      const asked = send(socket, { method, path, host: joinHostPort(target), signal });
      return await namingWay(this.#options.dialer, asked);
    } catch (cause) {
      if (cause instanceof ApiError || !(cause instanceof Error)) throw cause;
      const url = `https://${joinHostPort(target)}${path.split('?')[0]}`;
      throw new ApiError('InternalError', `Get "${url}": ${whyOf(cause)}`, undefined, { cause });
    }
  }

  /**
   * Connects to a node's kubelet, for a request of which this knows nothing.
   * @throws ApiError InternalError when the node cannot be reached or is not who it should be.
   */
  async connect(node: Node, signal: AbortSignal): Promise<KubeletConnection> {
    const target = this.targetOf(node);
    try {
      return { socket: await this.#dial(node, target, signal), host: joinHostPort(target) };
    } catch (cause) {
      if (cause instanceof ApiError || !(cause instanceof Error)) throw cause;
      throw new ApiError('InternalError', `error dialing backend: ${whyOf(cause)}`, undefined, { cause });
    }
  }

  /** Where a node's kubelet listens, as the node says. @throws ApiError InternalError where it says nothing. */
  targetOf(node: Node): Target {
    const host = addressOf(node, this.#options.addressTypes);
    return { host, port: node.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? KUBELET_PORT };
  }

  async #dial(node: Node, target: Target, signal: AbortSignal): Promise<TLSSocket> {
    const { dialer, readCa, readCertificate, allowLoopback } = this.#options;
    const unresolved = dialer.resolvesNames === true ? 'verified' : undefined;
    const address = await checkedAddress(target.host, { allowLoopback, unresolved }).catch(
      (error: unknown) => {
        if (!(error instanceof ForbiddenAddressError)) throw error;
        const name = JSON.stringify(node.metadata.name);
        throw new ApiError('InternalError', `address ${target.host} of node ${name} is not allowed`);
      },
    );
    const { name } = node.metadata;
    const peer = {
      ca: readCa(),
      ...readCertificate(),
      serverName: target.host,
      commonName: `system:node:${name}`,
    };
    return dialVerified(dialer, { host: address, port: target.port, node: name }, peer, signal);
  }
}

const whyOf = (cause: Error) =>
  cause instanceof DialError ? cause.message : `${cause.name}: ${cause.message}`;

function addressOf({ metadata, status }: Node, types: readonly string[]): string {
  for (const type of types) {
    const found = status?.addresses?.find((address) => address.type === type);
    if (found !== undefined) return found.address;
  }
  throw new ApiError(
    'InternalError',
    `no preferred addresses found for node ${JSON.stringify(metadata.name)}; known addresses: ${(status?.addresses ?? []).map(({ address }) => address).join(', ')}`,
  );
}

function send(
  socket: TLSSocket,
  { method, path, host, signal }: KubeletRequest & { host: string },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = http.request({
      createConnection: () => socket,
      method,
      path,
      headers: { Host: host, Connection: 'close' },
      signal,
    });
    request.once('response', resolve);
    request.once('error', reject);
    request.end();
  });
}
