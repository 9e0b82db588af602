import type { Container, Pod, ServiceAccount } from '@hawser/api';

const ENFORCE = 'kubernetes.io/enforce-mountable-secrets';
/** What Go takes for true (`strconv.ParseBool`). */
const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);

/** Whether pods of the account may use the Secrets only that it names. */
export function limitsSecrets({ metadata }: ServiceAccount): boolean {
  return TRUE.has(metadata.annotations?.[ENFORCE] ?? '');
}

/**
 * Why a pod may not use a Secret that it refers to (plugin/pkg/admission/serviceaccount, `limitSecretReferences`).
 * Projected volumes count as well, which upstream forgets: they show the same Secrets.
 */
export function secretReferenceFault({ spec }: Pod, account: ServiceAccount): string | undefined {
  const isMountable = mountable(account);
  const but = `is not allowed because service account ${account.metadata.name} does not reference that secret`;
  const volumes = (spec.volumes ?? []).flatMap(({ secret, projected }) => [
    secret?.secretName,
    ...(projected?.sources ?? []).map((source) => source.secret?.name),
  ]);
  const stray = volumes.find((name) => name !== undefined && !isMountable(name));
  if (stray !== undefined) return `volume with secret.secretName="${stray}" ${but}`;
  const fault =
    variableFault('init container', spec.initContainers, isMountable, but) ??
    variableFault('container', spec.containers, isMountable, but);
  if (fault !== undefined) return fault;
  const pullable = new Set(account.imagePullSecrets?.map(({ name }) => name));
  const pulled = spec.imagePullSecrets ?? [];
  const index = pulled.findIndex(({ name }) => !pullable.has(name));
  return index < 0
    ? undefined
    : `imagePullSecrets[${index}].name="${pulled[index]!.name}" is not allowed because service account ${account.metadata.name} does not reference that imagePullSecret`;
}

/** As `secretReferenceFault`, of the containers that join a running pod. */
export function ephemeralSecretFault({ spec }: Pod, account: ServiceAccount): string | undefined {
  const but = `is not allowed because service account ${account.metadata.name} does not reference that secret`;
  return variableFault('ephemeral container', spec.ephemeralContainers, mountable(account), but);
}

type IsMountable = (secretName: string | undefined) => boolean;

function mountable({ secrets = [] }: ServiceAccount): IsMountable {
  const names = new Set(secrets.map(({ name }) => name));
  return (secretName) => names.has(secretName);
}

type WithVariables = Pick<Container, 'name' | 'env' | 'envFrom'>;

function variableFault(
  sort: string,
  containers: readonly WithVariables[] = [],
  isMountable: IsMountable,
  but: string,
): string | undefined {
  for (const { name, env = [], envFrom = [] } of containers) {
    for (const variable of env) {
      const reference = variable.valueFrom?.secretKeyRef;
      if (reference && !isMountable(reference.name))
        return `${sort} ${name} with envVar ${variable.name} referencing secret.secretName="${reference.name}" ${but}`;
    }
    for (const { secretRef } of envFrom)
      if (secretRef && !isMountable(secretRef.name))
        return `${sort} ${name} with envFrom referencing secret.secretName="${secretRef.name}" ${but}`;
  }
  return undefined;
}
