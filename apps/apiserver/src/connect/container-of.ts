import { badRequest, type Pod } from '@hawser/api';

const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

/** The container asked for, or the only one, or the pod's default. @throws ApiError BadRequest, in upstream's words. */
export function containerOf({ metadata, spec }: Pod, asked: string): string {
  const names = spec.containers.map((container) => container.name);
  const initNames = (spec.initContainers ?? []).map((container) => container.name);
  if (asked !== '') {
    if (![...names, ...initNames].includes(asked))
      throw badRequest(`container ${asked} is not valid for pod ${metadata.name}`);
    return asked;
  }
  if (names.length === 1) return names[0]!;
  const chosen = metadata.annotations?.[DEFAULT_CONTAINER];
  if (chosen !== undefined && names.includes(chosen)) return chosen;
  const init = initNames.length === 0 ? '' : ` or one of the init containers: [${initNames.join(' ')}]`;
  throw badRequest(
    `a container name must be specified for pod ${metadata.name}, choose one of: [${names.join(' ')}]${init}`,
  );
}
