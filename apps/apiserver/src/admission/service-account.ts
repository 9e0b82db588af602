import { randomBytes } from 'node:crypto';
import { type Container, forbidden, type Pod, pods, type ServiceAccount, type Volume } from '@hawser/api';
import type { Lister } from '@hawser/authn';
import { podReferences } from '@hawser/authz';
import type { AdmissionPlugin } from '@hawser/registry';

const TOKEN_MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
/** A mirror pod stands for a static one: it has no account. */
const MIRROR_POD = 'kubernetes.io/config.mirror';
/** Upstream's odd lifetime: an hour and seven seconds tells the token apart. */
const TOKEN_EXPIRATION_SECONDS = 3607;

/**
 * Gives every pod a service account, and its containers the account's token, the cluster's CA and the
 * namespace (kubernetes/plugin/pkg/admission/serviceaccount).
 */
export function serviceAccountAdmission(accounts: Lister<ServiceAccount>): AdmissionPlugin {
  return {
    name: 'ServiceAccount',
    admit({ operation, kind, subresource, namespace, name, object }) {
      if (kind !== pods || operation !== 'CREATE' || subresource !== '') return;
      const pod = object as unknown as Pod;
      if (pod.metadata.annotations?.[MIRROR_POD] !== undefined) return checkMirrorPod(pod, name);
      pod.spec.serviceAccountName ||= 'default';
      pod.spec.serviceAccount = pod.spec.serviceAccountName;
      const account = accounts.get(namespace, pod.spec.serviceAccountName);
      if (account === undefined)
        throw forbidden(
          pods,
          name,
          `error looking up service account ${namespace}/${pod.spec.serviceAccountName}: serviceaccount "${pod.spec.serviceAccountName}" not found`,
        );
      if (pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true)
        mountToken(pod);
      if (!pod.spec.imagePullSecrets?.length && account.imagePullSecrets?.length)
        pod.spec.imagePullSecrets = structuredClone(account.imagePullSecrets);
    },
  };
}

/** It stands for what its node runs by itself: nothing of the cluster's is for it to use. */
function checkMirrorPod(pod: Pod, name: string): void {
  const { spec, metadata } = pod;
  const refuse = (why: string) => forbidden(pods, name, `a mirror pod may not ${why}`);
  if (spec.serviceAccountName) throw refuse('reference service accounts');
  if (podReferences({ ...pod, metadata: { ...metadata, annotations: {} } }).secrets.size > 0)
    throw refuse('reference secrets');
  const sources = (spec.volumes ?? []).flatMap(({ projected }) => projected?.sources ?? []);
  if (sources.some(({ serviceAccountToken }) => serviceAccountToken !== undefined))
    throw refuse('use service account token volume projections');
}

function mountToken({ spec }: Pod): void {
  const volumeName = `kube-api-access-${randomBytes(4).toString('hex').slice(0, 5)}`;
  let mounted = false;
  for (const container of [...(spec.initContainers ?? []), ...spec.containers])
    mounted = mountIn(container, volumeName) || mounted;
  if (mounted) spec.volumes = [...(spec.volumes ?? []), tokenVolume(volumeName)];
}

/** @returns false where the container mounts something there itself. */
function mountIn(container: Container, volumeName: string): boolean {
  if (container.volumeMounts?.some(({ mountPath }) => mountPath === TOKEN_MOUNT_PATH)) return false;
  container.volumeMounts = [
    ...(container.volumeMounts ?? []),
    { name: volumeName, readOnly: true, mountPath: TOKEN_MOUNT_PATH },
  ];
  return true;
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
