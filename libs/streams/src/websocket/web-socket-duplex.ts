import { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';

/** A byte stream in the binary messages of a WebSocket, as `SPDY/3.1+portforward.k8s.io` tunnels SPDY. */
export function webSocketDuplex(socket: WebSocket): Duplex {
  const duplex = new Duplex({
    read: () => socket.resume(),
    write: (chunk: Buffer, _encoding, done) => socket.send(chunk, { binary: true }, done),
    final: (done) => {
      socket.close();
      done();
    },
    destroy: (error, done) => {
      socket.terminate();
      done(error);
    },
  });
  socket.on('message', (message: RawData) => {
    if (!duplex.push(message)) socket.pause();
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    // What has come can still be read.
    duplex.once('end', () => duplex.destroy());
    if (!duplex.readableEnded) duplex.push(null);
  });
  return duplex;
}
