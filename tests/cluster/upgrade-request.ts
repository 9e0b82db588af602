import type { IncomingHttpHeaders } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import type { WireClient } from './wire-client.ts';

/** What came of a request to upgrade: a connection, or a plain answer. */
export interface UpgradeOutcome {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The answer's body, where the protocol was not changed. */
  readonly text: string;
  /** The connection, paused, where it was. */
  readonly socket?: Duplex;
}

export const SPDY_HEADERS = {
  connection: 'Upgrade',
  upgrade: 'SPDY/3.1',
  'x-stream-protocol-version': 'v4.channel.k8s.io',
};

export const WEB_SOCKET_HEADERS = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-protocol': 'v5.channel.k8s.io',
};

/** Asks for another protocol and says nothing in it: what is sent then is the caller's affair. */
export function requestUpgrade(
  { server, identity }: WireClient,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = SPDY_HEADERS,
): Promise<UpgradeOutcome> {
  const { ca, cert, key, token } = identity;
  const sent = { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers };
  return new Promise((resolve, reject) => {
    const request = https.request(`${server}${path}`, { method, headers: sent, ca, cert, key, agent: false });
    request.once('upgrade', (response, socket, head) => {
      if (head.length > 0) socket.unshift(head);
      socket.on('error', () => socket.destroy());
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text: '', socket });
    });
    request.once('response', async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
    });
    request.once('error', reject);
    request.end();
  });
}
