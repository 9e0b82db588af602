import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { basename, join } from 'node:path';
import { readEnvironment } from '@hawser/config';
import type { SandboxNetworkRecord } from '../../network/sandbox-network.ts';
import type { Channel } from './carry-streams.ts';
import type { ChannelListener } from './channel-listener.ts';
import { formatRecords, networkRecords } from './shim-specification.ts';

/** Where to connect from. */
export interface InsideTarget {
  readonly scripts: string;
  /** Listens in the directory of the scripts. */
  readonly listener: ChannelListener;
  readonly network: SandboxNetworkRecord;
}

const LOOPBACK_6 = `${'0'.repeat(31)}1`;
const MAX_ANSWER_BYTES = 256;
/** How long what a carrier said may take to arrive once it has ended. */
const LAST_WORDS_MS = 1_000;

/**
 * Connects to a TCP port in the network namespace of a sandbox: on loopback, or on its address. All that listens there
 * is the pod's.
 * @returns a connection that ends by halves.
 * @throws Error in upstream's words when nothing does.
 */
export async function connectInside(
  { scripts, listener, network }: InsideTarget,
  port: number,
  signal: AbortSignal,
): Promise<Socket> {
  signal.throwIfAborted();
  const token = randomBytes(16).toString('hex');
  const specification = join(scripts, `forward-${token.slice(0, 12)}.spec`);
  using expected = listener.expect(token);
  const addresses = ['127.0.0.1', LOOPBACK_6, network.ip].map((address) => `address=${address}`);
  const records = [`machine=${process.arch}`, `socket=${basename(listener.path)}`, `port=${port}`];
  writeFileSync(
    specification,
    formatRecords([...records, ...networkRecords(network.holder), ...addresses, `token=${token}`]),
    { mode: 0o600 },
  );
  const carrier = spawn('perl', ['forward.pl', specification], {
    cwd: scripts,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: readEnvironment().path },
  });
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  const abort = () => failed.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  carrier.once('error', (error) => failed.reject(error));
  // Its end may be noticed before what it has said.
  const ended = (code: number | null) =>
    void setTimeout(() => failed.reject(new Error(`the carrier ended with ${code}`)), LAST_WORDS_MS);
  carrier.once('exit', ended);
  try {
    const { socket, head } = await Promise.race([expected.channel, failed.promise]);
    // From here on the connection tells of its end, after what it had to say.
    carrier.off('exit', ended);
    // It may wait for a side that never ends; nobody is there to see that any more.
    socket.once('close', () => carrier.kill('SIGKILL'));
    const fault = await Promise.race([readAnswer({ socket, head }), failed.promise]);
    if (fault === 'ok') return socket;
    socket.destroy();
    throw new Error(`failed to connect to localhost:${port}: dial tcp 127.0.0.1:${port}: connect: ${fault}`);
  } catch (error) {
    carrier.kill('SIGKILL');
    void expected.channel.then(({ socket }) => socket.destroy());
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
    rmSync(specification, { force: true });
  }
}

/** The first line; what comes after it goes back into the socket. */
function readAnswer({ socket, head }: Channel): Promise<string> {
  return new Promise((resolve, reject) => {
    let read = head;
    const settle = (done: () => void) => {
      socket.off('readable', look);
      socket.off('close', closed);
      done();
    };
    const closed = () => settle(() => reject(new Error('the connection was closed before it was made')));
    const look = () => {
      for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read())
        read = Buffer.concat([read, chunk]);
      const end = read.indexOf('\n');
      if (end < 0 && read.length <= MAX_ANSWER_BYTES) return;
      settle(() => {
        if (end + 1 < read.length) socket.unshift(read.subarray(end + 1));
        resolve(read.toString('utf8', 0, Math.max(0, end)));
      });
    };
    socket.on('readable', look);
    socket.once('close', closed);
    look();
  });
}
