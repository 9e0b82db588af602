import { badRequest, type Pod } from '@hawser/api';

const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

/**
 * The container asked for, or the only one, or the pod's default (`validateContainer` in
 * pkg/registry/core/pod/strategy.go, which leaves the default to clients).
 * @throws ApiError BadRequest, in upstream's words.
 */
export function containerOf({ metadata, spec }: Pod, asked: string): string {
  const names = spec.containers.map(({ name }) => name);
  // In the order in which upstream goes through them.
  const all = [
    ...(spec.initContainers ?? []).map(({ name }) => name),
    ...names,
    ...(spec.ephemeralContainers ?? []).map(({ name }) => name),
  ];
  if (asked !== '') {
    if (!all.includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${metadata.name}`);
    return asked;
  }
  if (names.length === 1) return names[0]!;
  const chosen = metadata.annotations?.[DEFAULT_CONTAINER];
  if (chosen !== undefined && names.includes(chosen)) return chosen;
  throw badRequest(
    `a container name must be specified for pod ${metadata.name}, choose one of: [${all.join(' ')}]`,
  );
}
