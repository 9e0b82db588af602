import type { RuntimeCondition } from '../container-runtime/container-runtime.ts';

/** Why a node is not ready, as far as its runtime says so, in upstream's words. */
export function runtimeProblems(conditions: readonly RuntimeCondition[]): string[] {
  return conditions
    .filter((condition) => !condition.status)
    .map(({ type, reason, message }) =>
      type === 'NetworkReady'
        ? networkNotReady(message)
        : `container runtime is not ready: ${type}=false ${reason}: ${message}`,
    );
}

export function networkNotReady(message: string): string {
  return `container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: ${message}`;
}
