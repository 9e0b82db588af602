import type { Container, EnvFromSource, EnvVar, EnvVarSource, Pod } from '@hawser/api';
import type { ConfigObjects } from '../config-objects/config-objects.ts';
import type { KeyValue } from '../container-runtime/container-runtime.ts';
import { ContainerConfigError } from './container-config-error.ts';
import { containerResourceValue, type NodeFacts, podFieldValue } from './downward-api.ts';
import { expandVariables } from './expand-variables.ts';

export interface EnvironmentSources {
  objects: ConfigObjects;
  facts: NodeFacts;
  /** Variables of services, such as KUBERNETES_SERVICE_HOST. The pod's own win over them. */
  services: ReadonlyMap<string, string>;
}

/**
 * The environment of a container: services, then envFrom, then env, later ones winning. `$(NAME)` in a value
 * of env refers to what was set before it.
 * @throws ContainerConfigError when something that is not optional is missing.
 */
export async function containerEnvironment(
  pod: Pod,
  container: Container,
  sources: EnvironmentSources,
): Promise<KeyValue[]> {
  const result = new Map(sources.services);
  for (const source of container.envFrom ?? [])
    for (const [key, value] of await variablesFrom(source, pod, sources)) result.set(key, value);
  for (const variable of container.env ?? []) {
    const value = await resolveVariable(variable, pod, container, sources, result);
    if (value !== undefined) result.set(variable.name, value);
  }
  return [...result].map(([key, value]) => ({ key, value }));
}

async function variablesFrom(
  { prefix = '', configMapRef, secretRef }: EnvFromSource,
  pod: Pod,
  { objects }: EnvironmentSources,
): Promise<[string, string][]> {
  const namespace = pod.metadata.namespace!;
  const entries: [string, string][] = [];
  if (configMapRef) {
    const found = await objects.configMap(namespace, configMapRef.name!);
    if (!found && !configMapRef.optional)
      throw new ContainerConfigError(`configmap "${configMapRef.name}" not found`);
    entries.push(...Object.entries(found?.data ?? {}));
  }
  if (secretRef) {
    const found = await objects.secret(namespace, secretRef.name!);
    if (!found && !secretRef.optional) throw new ContainerConfigError(`secret "${secretRef.name}" not found`);
    entries.push(
      ...Object.entries(found?.data ?? {}).map(([key, value]): [string, string] => [key, decode(value)]),
    );
  }
  return entries.map(([key, value]) => [prefix + key, value]);
}

async function resolveVariable(
  { value, valueFrom }: EnvVar,
  pod: Pod,
  container: Container,
  sources: EnvironmentSources,
  before: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  if (valueFrom) return await referredValue(valueFrom, pod, container, sources);
  return expandVariables(value ?? '', before);
}

async function referredValue(
  source: EnvVarSource,
  pod: Pod,
  container: Container,
  { objects, facts }: EnvironmentSources,
): Promise<string | undefined> {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = source;
  const namespace = pod.metadata.namespace!;
  if (fieldRef) return podFieldValue(fieldRef, pod, facts);
  if (resourceFieldRef)
    return containerResourceValue(
      resourceFieldRef,
      containerNamed(pod, resourceFieldRef.containerName) ?? container,
      facts,
    );
  if (configMapKeyRef) {
    const { name, key, optional } = configMapKeyRef;
    const found = await objects.configMap(namespace, name!);
    if (!found && !optional) throw new ContainerConfigError(`configmap "${name}" not found`);
    const value = found?.data?.[key];
    if (value === undefined && !optional) throw missingKey(key, 'ConfigMap', namespace, name!);
    return value;
  }
  if (secretKeyRef) {
    const { name, key, optional } = secretKeyRef;
    const found = await objects.secret(namespace, name!);
    if (!found && !optional) throw new ContainerConfigError(`secret "${name}" not found`);
    const value = found?.data?.[key];
    if (value === undefined && !optional) throw missingKey(key, 'Secret', namespace, name!);
    return value === undefined ? undefined : decode(value);
  }
  throw new ContainerConfigError('this source of environment variables is not supported (fileKeyRef)');
}

function missingKey(key: string, kind: string, namespace: string, name: string): ContainerConfigError {
  return new ContainerConfigError(`couldn't find key ${key} in ${kind} ${namespace}/${name}`);
}

export function containerNamed({ spec }: Pod, name: string | undefined): Container | undefined {
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].find(
    (container) => container.name === name,
  );
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
