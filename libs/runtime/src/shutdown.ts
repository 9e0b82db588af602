/**
 * A signal that aborts on the first SIGTERM or SIGINT, so that a service can finish what it has begun. A second
 * one ends the process at once.
 */
export function shutdownSignal(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143);
    controller.abort(new ShutdownError(name));
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
