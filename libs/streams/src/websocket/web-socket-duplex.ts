import { Duplex } from 'node:stream';
import type { WebSocketConnection } from './web-socket-connection.ts';
import { Opcode } from './web-socket-frames.ts';

const READ_AHEAD_BYTES = 256 * 1024;

/**
 * A byte stream in the binary messages of a WebSocket, as `SPDY/3.1+portforward.k8s.io` tunnels SPDY. WebSocket ends
 * both ways at once, so ending it closes it.
 * @param head what came with the request.
 */
export function webSocketDuplex(connection: WebSocketConnection, head: Buffer): Duplex {
  const duplex = new Duplex({
    readableHighWaterMark: READ_AHEAD_BYTES,
    read: () => {
      if (connection.paused) connection.resume();
    },
    write: (chunk: Buffer, _encoding, done) => connection.send(Opcode.binary, [chunk], done),
    writev: (chunks, done) =>
      connection.send(
        Opcode.binary,
        chunks.map(({ chunk }) => chunk),
        done,
      ),
    final: (done) => {
      connection.close();
      done();
    },
    destroy: (error, done) => {
      connection.destroy();
      done(error);
    },
  });
  connection.start(head, ({ data }) => {
    if (data.length > 0 && !duplex.push(data)) connection.pause();
  });
  void connection.closed.then(() => {
    // What has come can still be read.
    if (duplex.readableEnded) return duplex.destroy();
    duplex.once('end', () => duplex.destroy());
    duplex.push(null);
  });
  return duplex;
}
