import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type Certificate, parseCertificateBundle } from '@hawser/pki';
import { isVouchedFor } from './is-vouched-for.ts';
import type { TlsMaterial } from './tls-listener.ts';

/** Who is connected to a server, by the CAs of clients that vouched for them. They end with their CA. */
export class ClientConnections {
  #clientCa: string | undefined;
  #authorities: readonly Certificate[] = [];
  /** Which CAs a handshake was begun with. */
  readonly #begunWith = new WeakMap<Socket, string>();

  /** @param material what the server began with. */
  constructor({ clientCa }: TlsMaterial) {
    this.#clientCa = clientCa === undefined ? undefined : String(clientCa);
  }

  /** A connection has come in, and its handshake begins. */
  began(socket: Socket): void {
    if (this.#clientCa !== undefined) this.#begunWith.set(socket, this.#clientCa);
  }

  /** The handshake has ended; the CAs may have been replaced since it began. */
  enter(socket: TLSSocket): void {
    const begunWith = this.#begunWith.get(socket);
    this.#begunWith.delete(socket);
    if (begunWith !== this.#clientCa && !isVouchedFor(socket, this.#authorities)) socket.destroy();
  }

  /** Ends the connections for which none of the new CAs vouches. @param sockets all that there are. */
  replaceAuthorities({ clientCa }: TlsMaterial, sockets: Iterable<Socket>): void {
    const pem = clientCa === undefined ? undefined : String(clientCa);
    if (pem === this.#clientCa) return;
    this.#clientCa = pem;
    this.#authorities = pem === undefined ? [] : parseCertificateBundle(pem);
    for (const socket of [...sockets])
      if (!this.#begunWith.has(socket) && !isVouchedFor(socket as TLSSocket, this.#authorities))
        socket.destroy();
  }
}
