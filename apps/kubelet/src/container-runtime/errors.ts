/** The container asks for a setting that the runtime cannot honour; ignoring it would be unsafe. */
export class UnsupportedSettingError extends Error {
  override readonly name = 'UnsupportedSettingError';
}

/** The config cannot be run at all, such as one without a command where there are no images. */
export class InvalidContainerError extends Error {
  override readonly name = 'InvalidContainerError';
}

/** The container's process could not be executed. */
export class ContainerStartError extends Error {
  override readonly name = 'ContainerStartError';
}

/** No such container or sandbox. */
export class ContainerNotFoundError extends Error {
  override readonly name = 'ContainerNotFoundError';

  constructor(id: string) {
    super(`container "${id}" not found`);
  }
}

/** A command in a container took longer than it was given. */
export class ExecTimeoutError extends Error {
  override readonly name = 'ExecTimeoutError';

  constructor(command: string[], timeoutMs: number) {
    super(`command ${JSON.stringify(command)} timed out after ${timeoutMs}ms`);
  }
}

/** A command could not be tried in a container; one that is not there, or fails, is not meant. */
export class CommandStartError extends Error {
  override readonly name = 'CommandStartError';
}
