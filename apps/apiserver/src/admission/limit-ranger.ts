import {
  type Container,
  forbidden,
  type LimitRange,
  type LimitRangeItem,
  type PersistentVolumeClaimSpec,
  type Pod,
} from '@hawser/api';
import type { Lister } from '@hawser/authn';
import { podLimits, podRequests, tableOf } from '@hawser/quota';
import type { AdmissionAttributes, AdmissionPlugin } from '@hawser/registry';
import { type Asked, claimFaults, limitFaults } from './limit-faults.ts';

const ANNOTATION = 'kubernetes.io/limit-ranger';

/**
 * Gives pods the default requests and limits of their namespace, and refuses pods and claims that ask for more or less
 * than its LimitRanges allow (kubernetes/plugin/pkg/admission/limitranger).
 */
export function limitRanger(ranges: Lister<LimitRange>): AdmissionPlugin {
  const itemsOf = (namespace: string, type: string): LimitRangeItem[] =>
    ranges
      .list(namespace)
      .flatMap(({ spec }) => spec?.limits ?? [])
      .filter((item) => item.type === type);
  return {
    name: 'LimitRanger',
    admit({ operation, kind, subresource, namespace, object }) {
      const isNewPod = kind.group === '' && kind.plural === 'pods' && operation === 'CREATE';
      if (isNewPod && subresource === '')
        giveDefaults(object as unknown as Pod, itemsOf(namespace, 'Container'));
    },
    validate(attributes) {
      const faults = faultsOf(attributes, (type) => itemsOf(attributes.namespace, type));
      if (faults.length === 0) return;
      const words = faults.length === 1 ? faults[0]! : `[${faults.join(', ')}]`;
      throw forbidden(attributes.kind, attributes.name ?? '', words);
    },
  };
}

function faultsOf(
  { operation, kind, subresource, object }: AdmissionAttributes,
  items: (type: string) => LimitRangeItem[],
): string[] {
  if (kind.group !== '' || subresource !== '' || object === undefined) return [];
  // What containers ask for does not change after their pod was made.
  if (kind.plural === 'pods' && operation === 'CREATE') {
    const { spec } = object as unknown as Pod;
    const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
    return [
      ...items('Container').flatMap((item) => containers.flatMap((one) => limitFaults(item, askedBy(one)))),
      ...items('Pod').flatMap((item) => limitFaults(item, askedByPod(object as unknown as Pod))),
    ];
  }
  if (kind.plural !== 'persistentvolumeclaims' || object.metadata.deletionTimestamp !== undefined) return [];
  const { resources } = (object['spec'] ?? {}) as PersistentVolumeClaimSpec;
  return items('PersistentVolumeClaim').flatMap((item) => claimFaults(item, resources?.requests ?? {}));
}

function askedBy({ resources }: Container): Asked {
  return { requests: resources?.requests ?? {}, limits: resources?.limits ?? {} };
}

function askedByPod(pod: Pod): Asked {
  return { requests: tableOf(podRequests(pod)), limits: tableOf(podLimits(pod)) };
}

function giveDefaults(pod: Pod, items: readonly LimitRangeItem[]): void {
  const given = items.flatMap((item) => [
    ...(pod.spec.containers ?? []).flatMap((one) => completed(one, item, 'container')),
    ...(pod.spec.initContainers ?? []).flatMap((one) => completed(one, item, 'init container')),
  ]);
  if (given.length === 0) return;
  const annotations = {
    ...pod.metadata.annotations,
    [ANNOTATION]: `LimitRanger plugin set: ${given.join('; ')}`,
  };
  pod.metadata.annotations = annotations;
}

/** Fills in what a container does not say. @returns what was filled in, in words. */
function completed(container: Container, item: LimitRangeItem, what: string): string[] {
  const resources = { ...container.resources };
  const said: string[] = [];
  for (const [side, defaults] of [
    ['requests', item.defaultRequest],
    ['limits', item.default],
  ] as const) {
    const own = resources[side] ?? {};
    const added = Object.keys(defaults ?? {}).filter((name) => !Object.hasOwn(own, name));
    if (added.length === 0) continue;
    resources[side] = { ...defaults, ...own };
    said.push(`${added.sort().join(', ')} ${side.slice(0, -1)} for ${what} ${container.name}`);
  }
  container.resources = resources;
  return said;
}
