import type { Container, PodSpec } from '@hawser/api';

/**
 * Defaults of a pod's spec that depend on other fields, alike in a pod and in a template of pods
 * (core/v1 defaults.go, SetDefaults_PodSpec).
 */
export function completePodSpec(spec: PodSpec): void {
  spec.containers ??= [];
  spec.securityContext ??= {};
  const account = spec.serviceAccountName || spec.serviceAccount;
  // `serviceAccount` is the older name of the same.
  if (account) Object.assign(spec, { serviceAccountName: account, serviceAccount: account });
  for (const container of containersOf(spec)) {
    container.imagePullPolicy ??= tagOf(container.image ?? '') === 'latest' ? 'Always' : 'IfNotPresent';
    container.resources ??= {};
    for (const port of container.ports ?? []) port.protocol ??= 'TCP';
  }
}

/** Defaults that a pod alone gets; a template stays as it was written (SetDefaults_Pod). */
export function completeSpecOfPod(spec: PodSpec): void {
  spec.enableServiceLinks ??= true;
  for (const { resources, ports = [] } of containersOf(spec)) {
    // A limit without a request asks for as much.
    if (resources?.limits !== undefined) resources.requests = { ...resources.limits, ...resources.requests };
    if (!spec.hostNetwork) continue;
    for (const port of ports) port.hostPort ||= port.containerPort;
  }
}

function containersOf(spec: PodSpec): Container[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
}

/** The tag of an image: `latest` where it has neither tag nor digest; a registry's port is no tag. */
function tagOf(image: string): string {
  const [name = '', digest] = image.split('@');
  const [, tag] = name.slice(name.lastIndexOf('/') + 1).split(':');
  return tag ?? (digest === undefined && name !== '' ? 'latest' : '');
}
