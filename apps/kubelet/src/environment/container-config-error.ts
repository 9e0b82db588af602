/** What a container needs is not there or cannot be used (upstream's `CreateContainerConfigError`). */
export class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError';
}
