import type { Duplex } from 'node:stream';

/** How much went each way. */
export interface PipedBytes {
  readonly aToB: number;
  readonly bToA: number;
  /** Why it ended before both halves had. */
  readonly error?: Error;
}

/** How long a stream whose other is lost may take none of what was said to it before. */
const FAREWELL_MS = 10_000;

/**
 * Carries bytes both ways between two streams until both halves have ended. The end of one half ends the other's
 * matching half; a reader that is behind holds back its writer; when one of them is lost, the other gets what was
 * still on its way to it, and then is ended too.
 * @returns how much went each way, as soon as no more will; it never rejects.
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
    a.destroy();
    b.destroy();
    return counts;
  } catch (error) {
    sayFarewell(a, b.readableEnded);
    sayFarewell(b, a.readableEnded);
    return { ...counts, error: error as Error };
  }
}

/**
 * Destroys a stream once what was written to it is out. Until then it is read: closed with something unread, a
 * connection is reset, and what its peer has not read yet is lost.
 * @param over whether the other stream had said all that it would: then the end is a proper one, and the peer may
 * take its time to answer it.
 */
function sayFarewell(stream: Duplex, over: boolean): void {
  if (stream.destroyed) return;
  const destroy = () => void stream.destroy();
  let left = stream.writableLength;
  // However slow it is, a peer that goes on reading gets all of it.
  const timer = setInterval(() => {
    if (stream.writableLength >= left) destroy();
    left = stream.writableLength;
  }, FAREWELL_MS);
  stream.once('close', () => clearInterval(timer));
  stream.resume();
  if (over) {
    const bothEnded = () => {
      if (stream.writableFinished && stream.readableEnded) destroy();
    };
    stream.on('finish', bothEnded).on('end', bothEnded).end();
    bothEnded();
  } else if (stream.writableLength === 0) destroy();
  else stream.write(Buffer.alloc(0), destroy);
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
