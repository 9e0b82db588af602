// Runs on the hub's host: takes connections on unix sockets, which belong to no network, to ports of the host.
// Usage: relay-inside.ts DIRECTORY PORT...

import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { pipeSockets } from './pipe-sockets.ts';

const [directory = '', ...ports] = process.argv.slice(2);
for (const port of ports.map(Number)) {
  const server = createServer({ allowHalfOpen: true }, (socket) =>
    pipeSockets(socket, connect({ port, host: '127.0.0.1', allowHalfOpen: true })),
  );
  const path = join(directory, `${port}.sock`);
  // Of a process before this one.
  rmSync(path, { force: true });
  server.listen(path);
}
