import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Two ends of a TCP connection, each of which ends by halves. */
export async function socketPair(): Promise<[client: Socket, server: Socket]> {
  const accepted = Promise.withResolvers<Socket>();
  const server = createServer({ allowHalfOpen: true }, accepted.resolve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const other = await accepted.promise;
  server.close();
  return [socket, other];
}

/** Reads the head of an HTTP answer. @returns its lines without the last empty one, and what came after it. */
export function readHead(socket: Duplex): Promise<{ text: string; rest: Buffer }> {
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0);
    const read = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      const end = bytes.indexOf('\r\n\r\n');
      if (end === -1) return;
      socket.off('data', read).pause();
      resolve({ text: bytes.subarray(0, end).toString(), rest: bytes.subarray(end + 4) });
    };
    socket.on('data', read).once('close', () => reject(new Error('closed before an answer')));
  });
}
