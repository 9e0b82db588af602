import type { Duplex } from 'node:stream';
import { median } from './median.ts';

/** A way to the server: each call is a new connection to it. */
export type Connect = () => Promise<Duplex>;

/** Megabytes a second from the server to us. */
export async function down(connect: Connect, bytes: number): Promise<number> {
  const connection = await connect();
  const begun = performance.now();
  connection.write(`down ${bytes}\n`);
  let got = 0;
  connection.on('data', (chunk: Buffer) => {
    got += chunk.length;
  });
  await new Promise((resolve) => connection.once('end', resolve));
  if (got !== bytes) throw new Error(`${got} bytes came of ${bytes}`);
  connection.destroy();
  return bytes / 1e3 / (performance.now() - begun);
}

/** Megabytes a second from us to the server, which says when it has all. */
export async function up(connect: Connect, bytes: number): Promise<number> {
  const connection = await connect();
  connection.write(`up ${bytes}\n`);
  await nextData(connection);
  const begun = performance.now();
  const chunk = Buffer.alloc(65_536, 'x');
  const said = nextData(connection);
  for (let left = bytes; left > 0; left -= chunk.length)
    if (!connection.write(chunk.subarray(0, Math.min(left, chunk.length))))
      await new Promise((resolve) => connection.once('drain', resolve));
  await said;
  const rate = bytes / 1e3 / (performance.now() - begun);
  connection.destroy();
  return rate;
}

/** The median of so many round trips of 100 bytes, milliseconds. */
export async function trip(connect: Connect, trips: number): Promise<number> {
  const connection = await openEcho(connect);
  const taken = await tripTimes(connection, trips);
  connection.destroy();
  return median(taken);
}

/** How long each of so many round trips on a connection that echoes took, milliseconds. */
export async function tripTimes(connection: Duplex, trips: number): Promise<number[]> {
  const taken: number[] = [];
  const message = Buffer.alloc(100, 'x');
  for (let number = 0; number < trips; number += 1) {
    const begun = performance.now();
    const back = nextData(connection);
    connection.write(message);
    await back;
    taken.push(performance.now() - begun);
  }
  return taken;
}

/** A connection that gives back what is written. */
export async function openEcho(connect: Connect): Promise<Duplex> {
  const connection = await connect();
  connection.write('echo\n');
  await nextData(connection);
  return connection;
}

function nextData(connection: Duplex): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const lost = () => reject(new Error('the connection was closed'));
    connection.once('close', lost);
    connection.once('data', (chunk: Buffer) => {
      connection.off('close', lost);
      resolve(chunk);
    });
  });
}
