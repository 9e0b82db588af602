/**
 * What the benchmarks of streams and tunnels reach: `bun bench/streams-server.ts HOST [CERTIFICATE KEY]` says its port;
 * with a certificate it speaks TLS. A client begins with a line: `down BYTES`, `up BYTES` or `echo`.
 */
import { readFileSync } from 'node:fs';
import net, { type AddressInfo, type Socket } from 'node:net';
import tls from 'node:tls';

const [host, certificate, key] = process.argv.slice(2) as [string, string?, string?];
const server =
  certificate === undefined || key === undefined
    ? net.createServer(serve)
    : tls.createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, serve);
server.listen({ port: 0, host, backlog: 1024 }, () => console.log((server.address() as AddressInfo).port));

function serve(socket: Socket): void {
  socket.setNoDelay(true).on('error', () => socket.destroy());
  socket.once('data', (line: Buffer) => answer(socket, line.toString('latin1').trim()));
}

function answer(socket: Socket, line: string): void {
  const [what, bytes] = line.split(' ');
  if (what === 'down') send(socket, Number(bytes));
  else if (what === 'up') take(socket, Number(bytes));
  else socket.pipe(socket);
  if (what !== 'down') socket.write('.');
}

function send(socket: Socket, bytes: number): void {
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

function take(socket: Socket, bytes: number): void {
  let left = bytes;
  socket.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left <= 0) socket.end('.');
  });
}
