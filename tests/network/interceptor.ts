// A server in another's place, which runs where the packets pass: takes connections, shows its own certificate, and
// prints a line of JSON for each connection and for whatever a client that believed it says.
// Usage: interceptor.ts PORT CERT_FILE KEY_FILE [GREETING], the greeting being said in plain text before TLS begins.
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { pipeSockets } from '../../scripts/network/pipe-sockets.ts';

const [port, certFile, keyFile, greeting] = process.argv.slice(2);
const say = (line: object): void => console.log(JSON.stringify(line));

const impostor = createTlsServer({
  cert: readFileSync(certFile!),
  key: readFileSync(keyFile!),
  ALPNCallback: ({ protocols }) => protocols[0],
});
impostor.on('secureConnection', (socket) => {
  socket.on('data', (data) => say({ heard: data.toString('latin1') }));
  socket.on('error', () => {});
});
impostor.on('tlsClientError', () => {});
impostor.listen(0, '127.0.0.1', () => {
  const { port: tlsPort } = impostor.address() as { port: number };
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    say({ connection: `${socket.remoteAddress}` });
    if (greeting !== undefined) socket.write(`${greeting}\r\n`);
    pipeSockets(socket, connect({ port: tlsPort, host: '127.0.0.1', allowHalfOpen: true }));
  });
  server.listen(Number(port), '0.0.0.0', () => say({ listening: port }));
});
