import { findExecutable } from '@hawser/config';

/** Finds the bwrap executable: on PATH, else among the tools that set-up unpacked in the checkout. */
export function findBubblewrap(path?: string): string | undefined {
  return findExecutable('bwrap', [], path);
}
