/**
 * A signal that aborts on the first SIGTERM or SIGINT, so that a service can finish what it has begun. A second
 * one ends the process at once.
 * @param deadlineMs so long after the first the process ends with exit code 1, whatever is still going on; for
 *   services that have nothing to lose by it.
 */
export function shutdownSignal({ deadlineMs }: { deadlineMs?: number } = {}): AbortSignal {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143);
    controller.abort(new ShutdownError(name));
    if (deadlineMs !== undefined)
      setTimeout(() => {
        process.stderr.write(`did not stop within ${deadlineMs / 1000} s of ${name}\n`);
        process.exit(1);
      }, deadlineMs).unref();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return controller.signal;
}

/** The reason with which a shutdown signal aborts. */
export class ShutdownError extends Error {
  override name = 'ShutdownError';

  constructor(readonly signalName: string) {
    super(`received ${signalName}`);
  }
}
