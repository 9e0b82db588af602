import type { Socket } from 'node:net';
import { connectSocket } from '@hawser/dial';
import type { FrontEnd } from './front-end.ts';

/** A Konnectivity server on this machine; who may open its socket is the file's permissions' affair. */
export class UdsFrontEnd implements FrontEnd {
  readonly name: string;

  /** @param address the socket's path. */
  constructor(readonly address: string) {
    this.name = `unix://${address}`;
  }

  connect(signal: AbortSignal): Promise<Socket> {
    return connectSocket({ path: this.address }, { allowHalfOpen: true, signal });
  }
}
