/**
 * Runs a step `count` times in batches of 1, 2, 4 …, and stops after a batch in which one failed: what fails for all
 * is not tried for all (pkg/controller/replicaset `slowStartBatch`).
 * @returns how often it was not tried, and the first failure.
 */
export async function slowStart(
  count: number,
  step: (index: number) => Promise<void>,
): Promise<{ skipped: number; error?: unknown }> {
  let tried = 0;
  for (let size = 1; tried < count; size *= 2) {
    const batch = Array.from({ length: Math.min(size, count - tried) }, (_, i) => step(tried + i));
    const results = await Promise.allSettled(batch);
    tried += results.length;
    const failure = results.find((result) => result.status === 'rejected');
    if (failure !== undefined) return { skipped: count - tried, error: failure.reason };
  }
  return { skipped: 0 };
}
