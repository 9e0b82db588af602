import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** Two ends of a TCP connection. */
export async function socketPair(): Promise<[client: Socket, server: Socket]> {
  const accepted = Promise.withResolvers<Socket>();
  const server = createServer(accepted.resolve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', noDelay: true });
  const other = await accepted.promise;
  other.setNoDelay(true);
  server.close();
  return [socket, other];
}

/** Two ends in memory, which cut what is written as they are told. @param sizes how long the pieces are, in turn. */
export function memoryPair(sizes: readonly number[]): [Duplex, Duplex] {
  const ends: Duplex[] = [];
  const create = (other: number) => {
    let turn = 0;
    let waiting: (() => void) | undefined;
    const end = new Duplex({
      read: () => {
        waiting?.();
        waiting = undefined;
      },
      write: (chunk: Buffer, _encoding, done) => {
        for (let at = 0; at < chunk.length; ) {
          const size = sizes[turn++ % sizes.length]!;
          ends[other]!.push(chunk.subarray(at, at + size));
          at += size;
        }
        setImmediate(done);
      },
      final: (done) => {
        ends[other]!.push(null);
        done();
      },
    });
    ends.push(end);
  };
  create(1);
  create(0);
  return [ends[0]!, ends[1]!];
}

/** All that a stream says until its half ends. */
export async function readAll(stream: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk)).resume();
  await once(stream, 'end');
  return Buffer.concat(chunks);
}
