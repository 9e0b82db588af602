import { expect, test } from 'bun:test';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { eventuallyPasses } from '../../cluster/eventually.ts';
import { Constellation } from './constellation.ts';
import { EchoTarget } from './echo-target.ts';

const TIMEOUT_MS = 60_000;
const STALLED = 4;
/** More than anything on the way keeps for a reader. */
const TOO_MUCH = Buffer.alloc(32_000_000, 'x');
const ROUND_TRIPS = 500;
const P99_MS = 5;
/**
 * Another process may have the processors for a while, and gRPC cuts off one stalled reader a second; but who is held
 * up by one is so for ever.
 */
const PATIENCE_MS = 30_000;

for (const protocol of ['yamux', 'grpc'])
  test(
    `readers that stall do not slow what is beside them (${protocol})`,
    async () => {
      const agentFlags = ['--protocol', protocol];
      await using constellation = await Constellation.start({ servers: 1, agents: 1, agentFlags });
      await using target = await EchoTarget.start('127.0.3.1');
      const beside = await constellation.dial(1, target);
      await once(beside, 'data');
      const stalled: Duplex[] = [];
      for (let i = 0; i < STALLED; i += 1) stalled.push(await stall(constellation, target));
      await eventuallyPasses(
        async () => expect(await slowestOfHundred(beside)).toBeLessThan(P99_MS),
        PATIENCE_MS,
      );
      for (const stream of [beside, ...stalled]) stream.destroy();
    },
    TIMEOUT_MS,
  );

/** A connection over which much is sent back that nobody reads. */
async function stall(constellation: Constellation, target: EchoTarget): Promise<Duplex> {
  const stream = await constellation.dial(1, target);
  // One that is too far behind may be cut off.
  stream.on('error', () => {});
  stream.write(TOO_MUCH);
  return stream;
}

/** How long the slowest of a hundred round trips takes, in ms: the 99th percentile of many. */
async function slowestOfHundred(stream: Duplex): Promise<number> {
  const took: number[] = [];
  for (let i = 0; i < ROUND_TRIPS; i += 1) {
    const startMs = performance.now();
    const answered = once(stream, 'data');
    stream.write('ping');
    await answered;
    took.push(performance.now() - startMs);
  }
  return took.sort((a, b) => a - b)[Math.floor(ROUND_TRIPS * 0.99)]!;
}
