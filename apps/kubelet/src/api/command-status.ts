import type { CommandStatus } from '@hawser/streams';

/** How a command ended, as the error channel says it (upstream's `ServeExec`). */
export function exitStatus(command: readonly string[], exitCode: number): CommandStatus {
  if (exitCode === 0) return SUCCESS;
  return {
    metadata: {},
    status: 'Failure',
    message:
      'command terminated with non-zero exit code: ' +
      `error executing command [${command.join(' ')}], exit code ${exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}

export const SUCCESS: CommandStatus = { metadata: {}, status: 'Success' };

/** That something could not be done, and why (apimachinery's `NewInternalError`). */
export function internalErrorStatus(message: string): CommandStatus {
  return {
    metadata: {},
    status: 'Failure',
    message: `Internal error occurred: ${message}`,
    reason: 'InternalError',
    details: { causes: [{ message }] },
    code: 500,
  };
}
