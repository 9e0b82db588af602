import { sleep } from '@hawser/runtime';

const POLL_MS = 25;

/** What is waited for can no longer come true: `eventually` ends at once. */
export class HopelessError extends Error {
  override name = 'HopelessError';
}

/**
 * Calls `attempt` until it neither throws nor returns undefined or false, and returns what it returned. After
 * `timeoutMs` throws what the last attempt threw, or says what did not come true.
 */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  timeoutMs = 15_000,
): Promise<Exclude<T, undefined | false>> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    let fault: unknown;
    try {
      const value = await attempt();
      if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>;
      fault = new Error(`did not come true: ${attempt.toString().replace(/\s+/g, ' ').slice(0, 300)}`);
    } catch (error) {
      if (error instanceof HopelessError) throw error;
      fault = error;
    }
    if (performance.now() > deadlineMs) throw fault;
    await sleep(POLL_MS);
  }
}

/** Calls `assertions` until they throw no more; after `timeoutMs` throws what they threw last. */
export async function eventuallyPasses(
  assertions: () => void | Promise<void>,
  timeoutMs?: number,
): Promise<void> {
  await eventually(async () => {
    await assertions();
    return true;
  }, timeoutMs);
}
