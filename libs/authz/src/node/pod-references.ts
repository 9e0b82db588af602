import type { Pod } from '@hawser/api';

/** Resources of a pod's namespace that the pod needs, and its node for it. */
export type ReferencedResource =
  | 'secrets'
  | 'configmaps'
  | 'persistentvolumeclaims'
  | 'serviceaccounts'
  | 'resourceclaims';

export type PodReferences = Readonly<Record<ReferencedResource, ReadonlySet<string>>>;

const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
const NONE: ReadonlySet<string> = new Set();
const NOTHING: PodReferences = {
  secrets: NONE,
  configmaps: NONE,
  persistentvolumeclaims: NONE,
  serviceaccounts: NONE,
  resourceclaims: NONE,
};

/**
 * The names of what a pod refers to (kubernetes/plugin/pkg/auth/authorizer/node/graph.go). All of it is fixed
 * once the pod is bound. Claims made from a template are left out: their names stand in the status, which the
 * node itself writes. A mirror pod refers to nothing: a node makes it, and must not gain rights by that.
 */
export function podReferences(pod: Pod): PodReferences {
  if (pod.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) return NOTHING;
  const { imagePullSecrets = [], serviceAccountName, resourceClaims = [] } = pod.spec;
  const volumes = (pod.spec.volumes ?? []).map((volume) => volumeReferences(pod, volume));
  const variables = containersOf(pod).map(variableReferences);
  return {
    secrets: named([
      ...imagePullSecrets.map(({ name }) => name),
      ...volumes.flatMap(({ secrets }) => secrets),
      ...variables.flatMap(({ secrets }) => secrets),
    ]),
    configmaps: named([
      ...volumes.flatMap(({ configmaps }) => configmaps),
      ...variables.flatMap(({ configmaps }) => configmaps),
    ]),
    persistentvolumeclaims: named(volumes.map(({ claim }) => claim)),
    serviceaccounts: named([serviceAccountName]),
    resourceclaims: named(resourceClaims.map(({ resourceClaimName }) => resourceClaimName)),
  };
}

type Name = string | undefined;
type Volume = NonNullable<Pod['spec']['volumes']>[number];
type Container = Pod['spec']['containers'][number];

function named(names: readonly Name[]): ReadonlySet<string> {
  return new Set(names.filter((name): name is string => name !== undefined && name !== ''));
}

function containersOf({ spec }: Pod): readonly Pick<Container, 'env' | 'envFrom'>[] {
  return [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
}

function variableReferences({ env = [], envFrom = [] }: Pick<Container, 'env' | 'envFrom'>) {
  return {
    secrets: [
      ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
      ...envFrom.map(({ secretRef }) => secretRef?.name),
    ],
    configmaps: [
      ...env.map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name),
      ...envFrom.map(({ configMapRef }) => configMapRef?.name),
    ],
  };
}

function volumeReferences(pod: Pod, volume: Volume) {
  const sources = volume.projected?.sources ?? [];
  // The claim of an ephemeral volume is named after pod and volume, whether or not it was made yet.
  const ephemeralClaim = volume.ephemeral && `${pod.metadata.name}-${volume.name}`;
  return {
    secrets: [
      volume.secret?.secretName,
      ...driverSecrets(volume),
      ...sources.map(({ secret }) => secret?.name),
    ],
    configmaps: [volume.configMap?.name, ...sources.map(({ configMap }) => configMap?.name)],
    claim: volume.persistentVolumeClaim?.claimName ?? ephemeralClaim,
  };
}

/** Credentials that drivers of volumes get from the node. */
function driverSecrets(volume: Volume): readonly Name[] {
  return [
    volume.azureFile?.secretName,
    volume.cephfs?.secretRef?.name,
    volume.cinder?.secretRef?.name,
    volume.csi?.nodePublishSecretRef?.name,
    volume.flexVolume?.secretRef?.name,
    volume.iscsi?.secretRef?.name,
    volume.rbd?.secretRef?.name,
    volume.scaleIO?.secretRef?.name,
    volume.storageos?.secretRef?.name,
  ];
}
