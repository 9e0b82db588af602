import { createHash } from 'node:crypto';
import net from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * Sends bytes to something that echoes, ends its own half, and reads to the other's end.
 * @throws Error unless exactly what was sent came back.
 */
export async function expectEcho(connection: Duplex, data: Uint8Array): Promise<void> {
  const hash = createHash('sha256');
  let length = 0;
  connection.on('data', (chunk: Buffer) => {
    hash.update(chunk);
    length += chunk.length;
  });
  await new Promise((resolve, reject) => {
    connection.once('end', resolve).once('error', reject);
    connection.once('close', () => reject(new Error(`it was broken off after ${length} bytes`)));
    connection.end(data);
  });
  if (length !== data.length) throw new Error(`${length} bytes came back of ${data.length}`);
  if (hash.digest('hex') !== createHash('sha256').update(data).digest('hex'))
    throw new Error('other bytes came back');
}

/** The same over a new connection to a port of this machine. */
export function expectEchoAt(port: number, data: Uint8Array): Promise<void> {
  return expectEcho(net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }), data);
}
