import type { Duplex } from 'node:stream';
import { median } from './median.ts';
import { residentMegabytes, withChildren } from './process-usage.ts';
import { type Connect, type down, openEcho, tripTimes, type up } from './stream-measures.ts';

/** A round trip in milliseconds: what half of them take at most, and what 99 of 100 do. */
export interface Trips {
  readonly median: number;
  readonly p99: number;
}

/** Megabytes a second of all connections together, each of which carries its share of the bytes. */
export async function rateOf(
  carry: typeof down | typeof up,
  connect: Connect,
  connections: number,
  bytes: number,
): Promise<number> {
  const open = await Promise.all(Array.from({ length: connections }, connect));
  const share = Math.floor(bytes / connections);
  const begun = performance.now();
  await Promise.all(open.map((connection) => carry(async () => connection, share)));
  return (share * connections) / 1e3 / (performance.now() - begun);
}

/** Round trips of 100 bytes on all connections at the same time, one after another on each. */
export async function tripsOf(connect: Connect, connections: number, trips: number): Promise<Trips> {
  const open = await Promise.all(Array.from({ length: connections }, () => openEcho(connect)));
  const share = Math.max(1, Math.round(trips / connections));
  const taken = (await Promise.all(open.map((connection) => tripTimes(connection, share)))).flat();
  for (const connection of open) connection.destroy();
  taken.sort((a, b) => a - b);
  return { median: median(taken), p99: taken[Math.floor(0.99 * (taken.length - 1))]! };
}

/** Milliseconds until a new connection has brought an answer from the target; the median of so many, one by one. */
export async function dialTime(connect: Connect, dials: number): Promise<number> {
  const taken: number[] = [];
  for (let number = 0; number < dials; number += 1) {
    const begun = performance.now();
    const connection = await openEcho(connect);
    taken.push(performance.now() - begun);
    connection.destroy();
  }
  return median(taken);
}

/** Kilobytes that the processes of a way hold for each connection that stands idle. */
export async function idleKilobytes(
  connect: Connect,
  connections: number,
  processes: readonly number[],
): Promise<number> {
  const before = residentMegabytes(withChildren(processes));
  const open: Duplex[] = [];
  for (let number = 0; number < connections; number += 1) open.push(await openEcho(connect));
  const grown = residentMegabytes(withChildren(processes)) - before;
  for (const connection of open) connection.destroy();
  return (1000 * grown) / connections;
}
