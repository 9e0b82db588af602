import type { ConfigMap, Pod, Secret } from '@hawser/api';

/** Where the kubelet gets the ConfigMaps and Secrets that its pods refer to. */
export interface ConfigObjects {
  /** Undefined when there is none. @throws what the API server or the way to it answers otherwise. */
  configMap(namespace: string, name: string): Promise<ConfigMap | undefined>;
  secret(namespace: string, name: string): Promise<Secret | undefined>;
  /** Follows what the pod refers to from now on. */
  register(pod: Pod): void;
  unregister(podUid: string): void;
}

/** The names of the ConfigMaps and Secrets that a pod refers to, as `configmaps/NAME` and `secrets/NAME`. */
export function referencedObjects({ spec }: Pod): Set<string> {
  const found = new Set<string>();
  const add = (kind: 'configmaps' | 'secrets', name: string | undefined) =>
    name && found.add(`${kind}/${name}`);
  for (const container of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) {
    for (const { configMapRef, secretRef } of container.envFrom ?? []) {
      add('configmaps', configMapRef?.name);
      add('secrets', secretRef?.name);
    }
    for (const { valueFrom } of container.env ?? []) {
      add('configmaps', valueFrom?.configMapKeyRef?.name);
      add('secrets', valueFrom?.secretKeyRef?.name);
    }
  }
  for (const { configMap, secret, projected } of spec?.volumes ?? []) {
    add('configmaps', configMap?.name);
    add('secrets', secret?.secretName);
    for (const source of projected?.sources ?? []) {
      add('configmaps', source.configMap?.name);
      add('secrets', source.secret?.name);
    }
  }
  return found;
}
