import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { switchProtocols } from '../upgrade/upgrade-answer.ts';
import { UpgradeRefusedError } from '../upgrade/upgrade-error.ts';
import type { UpgradeRequest } from '../upgrade/upgrade-request.ts';

/** RFC 6455, section 1.3. */
const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const KEY = /^[+/0-9A-Za-z]{22}==$/;

/**
 * Answers a WebSocket's handshake (RFC 6455, section 4.2).
 * @param protocol what was chosen of the client's offers; '' when it offered none.
 * @throws UpgradeRefusedError, before anything is written, when the handshake is faulty.
 */
export function acceptWebSocket(request: UpgradeRequest, socket: Duplex, protocol: string): void {
  const { 'sec-websocket-key': key, 'sec-websocket-version': version } = request.headers;
  if (request.method !== 'GET') throw new UpgradeRefusedError(400, 'bad method');
  if (version !== '13')
    throw new UpgradeRefusedError(400, 'missing or bad WebSocket Version', [['Sec-WebSocket-Version', '13']]);
  if (key === undefined || !KEY.test(key)) throw new UpgradeRefusedError(400, 'bad challenge');
  const accept = createHash('sha1')
    .update(key + ACCEPT_GUID)
    .digest('base64');
  switchProtocols(socket, 'websocket', [
    ['Sec-WebSocket-Accept', accept],
    ...(protocol === '' ? [] : [['Sec-WebSocket-Protocol', protocol] as const]),
  ]);
}
