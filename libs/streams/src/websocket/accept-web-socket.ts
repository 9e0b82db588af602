import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';

/** A client's message may be as large as this; kubectl's are 32 KiB. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

/** The subprotocols that a client offers, in its order (RFC 6455, section 11.3.4). */
export function offeredProtocols({ headers }: Pick<IncomingMessage, 'headers'>): string[] {
  const text = headers['sec-websocket-protocol'] ?? '';
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/**
 * Answers a request to upgrade to WebSocket (RFC 6455). A handshake that is no such is answered with 400 and never
 * resolves: the socket is closed then.
 * @param protocol what was chosen of the client's offers; undefined when it offered none.
 */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  protocol: string | undefined,
): Promise<WebSocket> {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // Compression would cost memory for every connection, and what is said in secret should not be told by its length.
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: () => protocol ?? false,
  });
  return new Promise((resolve) => server.handleUpgrade(request, socket, head, resolve));
}
