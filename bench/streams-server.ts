/**
 * The plain TLS server that bench/streams.ts compares with: `bun bench/streams-server.ts CERTIFICATE KEY` says its port.
 * A client begins with a line: `down BYTES`, `up BYTES` or `echo`.
 */
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';

const [certificate, key] = process.argv.slice(2) as [string, string];
const server = tls.createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (socket) => {
  socket.setNoDelay(true).on('error', () => socket.destroy());
  socket.once('data', (line: Buffer) => answer(socket, line.toString('latin1').trim()));
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));

function answer(socket: TLSSocket, line: string): void {
  const [what, bytes] = line.split(' ');
  if (what === 'down') send(socket, Number(bytes));
  else if (what === 'up') take(socket, Number(bytes));
  else socket.pipe(socket);
  if (what !== 'down') socket.write('.');
}

function send(socket: TLSSocket, bytes: number): void {
  const chunk = Buffer.alloc(65_536, 'x');
  let left = bytes;
  const more = () => {
    while (left > 0) {
      const piece = chunk.subarray(0, Math.min(left, chunk.length));
      left -= piece.length;
      if (!socket.write(piece)) return void socket.once('drain', more);
    }
    socket.end();
  };
  more();
}

function take(socket: TLSSocket, bytes: number): void {
  let left = bytes;
  socket.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left <= 0) socket.end('.');
  });
}
