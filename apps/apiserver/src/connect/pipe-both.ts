import type { Duplex } from 'node:stream';

/** How many bytes went which way. */
export interface Transferred {
  /** From the first stream to the second. */
  forthBytes: number;
  backBytes: number;
}

/**
 * Carries bytes both ways until both directions have ended or one side is gone; the other is gone then too, once
 * what was on its way to it is out. A side that does not read holds back the other; an end goes on as an end.
 * @param counts counts along, and is what is resolved to.
 */
export function pipeBoth(
  a: Duplex,
  b: Duplex,
  counts: Transferred = { forthBytes: 0, backBytes: 0 },
): Promise<Transferred> {
  const { promise, resolve } = Promise.withResolvers<Transferred>();
  let open = 2;
  const follow = (stream: Duplex, other: Duplex) => {
    let over = false;
    const end = () => {
      if (over) return;
      over = true;
      open -= 1;
      if (open === 0) resolve(counts);
      else if (stream.readableEnded && other.writableEnded && !other.destroyed) lingering(other);
      else other.destroy();
    };
    stream.on('error', () => stream.destroy());
    if (stream.destroyed) queueMicrotask(end);
    else stream.once('close', end);
  };
  follow(a, b);
  follow(b, a);
  pump(a, b, (bytes) => {
    counts.forthBytes += bytes;
  });
  pump(b, a, (bytes) => {
    counts.backBytes += bytes;
  });
  return promise;
}

function pump(from: Duplex, to: Duplex, count: (bytes: number) => void): void {
  from.on('data', (chunk: Buffer) => {
    count(chunk.length);
    if (to.writableEnded || to.destroyed) return;
    if (to.write(chunk)) return;
    from.pause();
    to.once('drain', () => from.resume());
  });
  from.once('end', () => to.end());
  // It may have been paused by whoever read from it before.
  from.resume();
}

/** What is written goes out first; then nobody waits for more. */
function lingering(stream: Duplex): void {
  if (stream.writableFinished) stream.destroy();
  else stream.once('finish', () => stream.destroy());
}
