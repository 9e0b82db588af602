/** Ctrl-C reaches a task several times over: from the terminal, from npm, from turbo. */
const SAME_GESTURE_MS = 1_000;

/**
 * Aborts on SIGINT, SIGTERM or SIGHUP, and when nobody reads the output any more. A second signal that is clearly
 * another gesture ends the process at once.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  let firstMs = 0;
  const stop = () => {
    if (controller.signal.aborted && performance.now() - firstMs > SAME_GESTURE_MS) process.exit(1);
    if (controller.signal.aborted) return;
    firstMs = performance.now();
    controller.abort(new Error('stopped'));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  process.stdout.on('error', stop);
  return controller.signal;
}
