import type { Duplex } from 'node:stream';

/** How much went each way. */
export interface PipedBytes {
  readonly aToB: number;
  readonly bToA: number;
  /** Why it ended before both halves had; both are destroyed then. */
  readonly error?: Error;
}

/**
 * Carries bytes both ways between two streams until both halves have ended. The end of one half ends the other's
 * matching half; a reader that is behind holds back its writer; when one of them is lost, so is the other.
 * @returns how much went each way; it never rejects.
 */
export async function pipeBoth(a: Duplex, b: Duplex): Promise<PipedBytes> {
  const counts = { aToB: 0, bToA: 0 };
  try {
    await Promise.all([
      pipeHalf(a, b, (size) => {
        counts.aToB += size;
      }),
      pipeHalf(b, a, (size) => {
        counts.bToA += size;
      }),
    ]);
    return counts;
  } catch (error) {
    return { ...counts, error: error as Error };
  } finally {
    a.destroy();
    b.destroy();
  }
}

/** Resolves when all that `from` said has been taken by `to`, and its half has ended. Rejects when either is lost. */
function pipeHalf(from: Duplex, to: Duplex, count: (size: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const lost = (error?: Error) => reject(error ?? new Error('the connection was closed'));
    for (const stream of [from, to]) stream.on('error', lost);
    from.on('data', (chunk: Buffer) => {
      count(chunk.length);
      if (!to.writable) return;
      if (!to.write(chunk)) from.pause();
    });
    to.on('drain', () => from.resume());
    from.on('end', () => to.end());
    to.on('finish', resolve);
    from.on('close', () => {
      if (!from.readableEnded) lost();
    });
    to.on('close', () => {
      if (!to.writableFinished) lost();
    });
    if (from.destroyed || to.destroyed) lost();
    else if (from.readableEnded) to.end();
    else from.resume();
  });
}
