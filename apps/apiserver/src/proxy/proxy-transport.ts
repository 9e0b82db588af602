import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { forbidden } from '@hawser/api';
import { type Dialer, isLoopback } from '@hawser/dial';
import type { RequestInfo } from '@hawser/http';
import type { AddressRules } from '../connect/checked-address.ts';
import { dialVerified, handshakeTimeoutMs } from '../connect/dial-verified.ts';
import { namingWay } from '../connect/naming-way.ts';
import type { AddressTarget } from './proxy-target.ts';

export interface ProxyTransportOptions {
  readonly dialer: Dialer;
  /** The CAs that must vouch for what is reached by `https:`; read anew for each connection. */
  readonly readCa: () => string | Buffer;
  /** Who the hub is to those who ask. */
  readonly readCertificate: () => { cert?: string | Buffer; key?: string | Buffer };
  readonly allowLoopback: boolean;
  /** Whether what is plain may go over a link that is not encrypted. */
  readonly allowPlain: boolean;
  /** Whether nobody may opt out of verification. */
  readonly forbidInsecure: boolean;
}

/** Connections to nodes, pods and services that are no kubelets. */
export class ProxyTransport {
  readonly #options: ProxyTransportOptions;

  constructor(options: ProxyTransportOptions) {
    this.#options = options;
  }

  get allowLoopback(): boolean {
    return this.#options.allowLoopback;
  }

  /** What a host must be that is to be dialled. */
  rulesOf(scheme: 'http' | 'https'): AddressRules {
    const { allowLoopback, dialer } = this.#options;
    const proof = scheme === 'https' ? 'verified' : 'unverified';
    return { allowLoopback, unresolved: dialer.resolvesNames === true ? proof : undefined };
  }

  /** Whether a target is spoken with over TLS, whoever it is. */
  isUnverified({ scheme, insecure }: AddressTarget): boolean {
    return scheme === 'https' && insecure && !this.#options.forbidInsecure;
  }

  /**
   * Connects to a target, with TLS where it is to be.
   * @throws ApiError Forbidden where the link would carry plain HTTP for everybody to read; DialError.
   */
  async connect(target: AddressTarget, info: RequestInfo, signal: AbortSignal): Promise<Duplex> {
    const { dialer, readCa, readCertificate } = this.#options;
    const { scheme, address, port, node, serverName } = target;
    if (scheme === 'http') this.#checkPlain(target, info);
    const place = { host: address, port, node };
    if (scheme === 'http') return dialer.dial(place, signal);
    if (!this.isUnverified(target))
      return dialVerified(dialer, place, { ca: readCa(), ...readCertificate(), serverName }, signal);
    const stream = await dialer.dial(place, signal);
    return namingWay(dialer, unverified(stream, serverName, handshakeTimeoutMs(dialer), signal));
  }

  #checkPlain({ address }: AddressTarget, { apiGroup: group, resource: plural, name }: RequestInfo): void {
    const { allowPlain, dialer } = this.#options;
    if (allowPlain || dialer.encrypted === true || isLoopback(address)) return;
    const why = `plain HTTP would go to ${address} over a link that is not encrypted; use https:NAME:PORT, or let an administrator set --allow-plain-proxy`;
    throw forbidden({ group, plural }, name, why);
  }
}

/**
 * TLS with whoever is there, for targets whose owner has said so. It keeps out who only listens; the hub shows no
 * certificate to somebody unknown.
 */
function unverified(
  stream: Duplex,
  serverName: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const servername = /[a-z]/i.test(serverName) && !serverName.includes(':') ? serverName : '';
    const socket = tls.connect({ socket: stream, servername, rejectUnauthorized: false });
    const settled = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
    };
    // It stays for as long as the connection: an error that nobody listens to would end the process.
    const fail = (error: Error) => {
      settled();
      socket.destroy();
      stream.destroy();
      reject(error);
    };
    const cancel = () => fail(new Error('canceled'));
    const timer = setTimeout(() => fail(new Error('handshake timeout')), timeoutMs);
    socket.on('error', fail);
    socket.once('close', () => fail(new Error('the connection was closed during the handshake')));
    socket.once('secureConnect', () => {
      settled();
      resolve(socket);
    });
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
  });
}
