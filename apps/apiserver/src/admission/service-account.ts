import { forbidden, type Pod, pods, type ServiceAccount } from '@hawser/api';
import type { Lister } from '@hawser/authn';
import { podReferences } from '@hawser/authz';
import type { AdmissionPlugin } from '@hawser/registry';
import { type Clock, sleep } from '@hawser/runtime';
import { mountToken } from './mount-token.ts';
import { ephemeralSecretFault, limitsSecrets, secretReferenceFault } from './mountable-secrets.ts';

/** A mirror pod stands for a static one: it has no account. */
const MIRROR_POD = 'kubernetes.io/config.mirror';
const DEFAULT_ACCOUNT = 'default';
/** A namespace that was made a moment ago gets its default account in a moment. */
const ATTEMPTS = 10;
const RETRY_MS = 150;

/**
 * Gives every pod a service account, and its containers the account's token, the cluster's CA and the
 * namespace (kubernetes/plugin/pkg/admission/serviceaccount).
 */
export function serviceAccountAdmission(accounts: Lister<ServiceAccount>, clock: Clock): AdmissionPlugin {
  const accountOf = async (pod: Pod, namespace: string, podName: string) => {
    const name = pod.spec.serviceAccountName!;
    for (let attempt = 1; ; attempt += 1) {
      const account = accounts.get(namespace, name);
      if (account !== undefined) return account;
      if (name !== DEFAULT_ACCOUNT || attempt === ATTEMPTS)
        throw forbidden(
          pods,
          podName,
          `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`,
        );
      await sleep(RETRY_MS, undefined, clock);
    }
  };
  return {
    name: 'ServiceAccount',

    async admit({ operation, kind, subresource, namespace, name, object }) {
      if (kind !== pods || operation !== 'CREATE' || subresource !== '') return;
      const pod = object as unknown as Pod;
      if (isMirror(pod)) return checkMirror(pod, name);
      pod.spec.serviceAccountName ||= DEFAULT_ACCOUNT;
      pod.spec.serviceAccount = pod.spec.serviceAccountName;
      const account = await accountOf(pod, namespace, name);
      if (pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true)
        mountToken(pod);
      if (!pod.spec.imagePullSecrets?.length && account.imagePullSecrets?.length)
        pod.spec.imagePullSecrets = structuredClone(account.imagePullSecrets);
    },

    async validate({ operation, kind, subresource, namespace, name, object }) {
      if (kind !== pods) return;
      const isNew = operation === 'CREATE' && subresource === '';
      const isJoined = operation === 'UPDATE' && subresource === 'ephemeralcontainers';
      if (!isNew && !isJoined) return;
      const pod = object as unknown as Pod;
      const refuse = (why: string) => forbidden(pods, name, why);
      if (isNew && isMirror(pod)) return checkMirror(pod, name);
      if (!pod.spec.serviceAccountName)
        throw refuse(`no service account specified for pod ${namespace}/${pod.metadata.name}`);
      const account = await accountOf(pod, namespace, name);
      if (!limitsSecrets(account)) return;
      const fault = isNew ? secretReferenceFault(pod, account) : ephemeralSecretFault(pod, account);
      if (fault !== undefined) throw refuse(fault);
    },
  };
}

const isMirror = ({ metadata }: Pod): boolean => metadata.annotations?.[MIRROR_POD] !== undefined;

/** It stands for what its node runs by itself: nothing of the cluster's is for it to use. */
function checkMirror(pod: Pod, name: string): void {
  const { spec, metadata } = pod;
  const refuse = (why: string) => forbidden(pods, name, `a mirror pod may not ${why}`);
  if (spec.serviceAccountName) throw refuse('reference service accounts');
  if (podReferences({ ...pod, metadata: { ...metadata, annotations: {} } }).secrets.size > 0)
    throw refuse('reference secrets');
  const sources = (spec.volumes ?? []).flatMap(({ projected }) => projected?.sources ?? []);
  if (sources.some(({ serviceAccountToken }) => serviceAccountToken !== undefined))
    throw refuse('use ServiceAccountToken volume projections');
}
