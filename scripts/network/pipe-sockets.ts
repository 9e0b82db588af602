import type { Socket } from 'node:net';

/** Carries bytes both ways until both have ended; one that fails takes the other along. */
export function pipeSockets(a: Socket, b: Socket): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroySoon());
  }
}
