import type { Container, Pod, Volume } from '@hawser/api';
import { generateName } from '@hawser/registry';

const TOKEN_MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const VOLUME_PREFIX = 'kube-api-access-';
/** Upstream's odd lifetime: an hour and seven seconds tells the token apart. */
const TOKEN_EXPIRATION_SECONDS = 3607;

/**
 * Mounts the account's token, the cluster's CA and the namespace in every container that mounts nothing there itself.
 * A volume that has the name already, as pods have that were copied from others, is used as it is.
 */
export function mountToken({ spec }: Pod): void {
  const given = spec.volumes?.find(({ name }) => name.startsWith(VOLUME_PREFIX));
  const name = given?.name ?? generateName(VOLUME_PREFIX);
  const lacking = [...(spec.initContainers ?? []), ...spec.containers].filter(lacksToken);
  for (const container of lacking)
    container.volumeMounts = [
      ...(container.volumeMounts ?? []),
      { name, readOnly: true, mountPath: TOKEN_MOUNT_PATH },
    ];
  if (given === undefined && lacking.length > 0) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

function lacksToken({ volumeMounts = [] }: Container): boolean {
  return volumeMounts.every(({ mountPath }) => mountPath !== TOKEN_MOUNT_PATH);
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_EXPIRATION_SECONDS, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
    },
  };
}
