import { expect, test } from 'bun:test';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { connectPort } from './connect-port.ts';
import { listeningSockets, socketInodes } from './listening-sockets.ts';

const LINE = 'st tx_queue rx_queue tr tm->when retrnsmt uid timeout inode';
const line = (local: string, state: string, inode: number) =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0 100`;
const tables: Record<string, string> = {
  '/proc/net/tcp': [
    LINE,
    line('0100007F:1F90', '0A', 11),
    line('00000000:0050', '0A', 12),
    line('0100007F:1F91', '01', 13),
  ].join('\n'),
  '/proc/net/tcp6': [
    LINE,
    line('00000000000000000000000000000000:01BB', '0A', 14),
    line('00000000000000000000000001000000:01BB', '0A', 17),
    line('0000000000000000FFFF00000101007F:0035', '0A', 15),
    line('B80D0120000000000000000001000000:0016', '0A', 16),
  ].join('\n'),
};

test('reads which sockets listen, and where to reach them', () => {
  expect(listeningSockets((path) => `${tables[path]}\n`)).toEqual([
    { address: '127.0.0.1', port: 8080, inode: '11' },
    { address: '127.0.0.1', port: 80, inode: '12' },
    { address: '::1', port: 443, inode: '14' },
    { address: '::1', port: 443, inode: '17' },
    { address: '127.0.1.1', port: 53, inode: '15' },
    { address: '2001:0db8:0000:0000:0000:0000:0000:0001', port: 22, inode: '16' },
  ]);
});

function listen(host: string): Promise<Server> {
  const server = createServer((socket) => socket.end('hello'));
  return new Promise((resolve) => server.listen(0, host, () => resolve(server)));
}

test('connects to a port of the processes that are named, and to nobody else’s', async () => {
  const server = await listen('127.0.3.7');
  try {
    const { port } = server.address() as AddressInfo;
    expect(socketInodes([process.pid]).size).toBeGreaterThan(0);
    const socket = await connectPort([process.pid], port, new AbortController().signal);
    expect(socket.remoteAddress).toBe('127.0.3.7');
    socket.destroy();
    const refused = connectPort([process.ppid], port, new AbortController().signal);
    expect(refused).rejects.toThrow(`dial tcp 127.0.0.1:${port}: connect: connection refused`);
    await refused.catch(() => {});
  } finally {
    server.close();
  }
});
