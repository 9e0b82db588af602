import type { Container, Pod } from '@hawser/api';
import {
  type ContainerConfig,
  type KeyValue,
  type Mount,
  type PodSandboxConfig,
  type PortMapping,
  RuntimeLabel,
} from '../container-runtime/container-runtime.ts';
import { expandVariables } from '../environment/expand-variables.ts';
import { labelPart } from '../path-names.ts';
import { gracePeriodOf, isSidecar } from '../pods/pod-spec-queries.ts';
import { containerPath } from './container-path.ts';
import { RuntimeAnnotation } from './runtime-annotations.ts';
import { securityContextOf } from './security-context.ts';

/** What a container's config takes beside the Pod. */
export interface ContainerConfigParts {
  attempt: number;
  envs: KeyValue[];
  mounts: Mount[];
  terminationMessageFile: string | undefined;
}

/** Translates a container of a Pod into what the runtime is told. @throws as `securityContextOf`, UnsafeNameError. */
export function containerConfig(
  pod: Pod,
  container: Container,
  parts: ContainerConfigParts,
): ContainerConfig {
  const { attempt, envs, mounts, terminationMessageFile } = parts;
  const variables = new Map(envs.map(({ key, value }) => [key, value]));
  const expand = (words: readonly string[] = []) => words.map((word) => expandVariables(word, variables));
  return {
    metadata: { name: container.name, attempt },
    image: container.image ?? '',
    command: expand(container.command),
    args: expand(container.args),
    workingDir: container.workingDir ? containerPath(container.workingDir) : '',
    envs,
    mounts,
    labels: { ...podLabels(pod), [RuntimeLabel.containerName]: container.name },
    annotations: {
      [RuntimeAnnotation.gracePeriod]: String(gracePeriodOf(pod)),
      ...(terminationMessageFile
        ? { [RuntimeAnnotation.terminationMessageFile]: terminationMessageFile }
        : {}),
    },
    logPath: `${labelPart('container name', container.name)}/${attempt}.log`,
    stdin: container.stdin,
    stdinOnce: container.stdinOnce,
    tty: container.tty,
    stopSignal: container.lifecycle?.stopSignal,
    securityContext: securityContextOf(pod, container, process.getuid!()),
  };
}

export function sandboxConfig(pod: Pod, attempt: number, logDirectory: string): PodSandboxConfig {
  const { name, uid, namespace, annotations } = pod.metadata;
  return {
    metadata: { name, uid: uid!, namespace: namespace!, attempt },
    hostname: hostnameOf(pod),
    logDirectory,
    hostNetwork: pod.spec?.hostNetwork === true,
    portMappings: portMappings(pod),
    labels: podLabels(pod),
    annotations: { ...annotations, [RuntimeAnnotation.gracePeriod]: String(gracePeriodOf(pod)) },
  };
}

const ANY_ADDRESS = ['0.0.0.0', '::'];

/** The ports of the node that are to lead to the pod. */
export function portMappings({ spec }: Pod): PortMapping[] {
  if (spec?.hostNetwork) return [];
  const containers = [...(spec?.initContainers ?? []).filter(isSidecar), ...(spec?.containers ?? [])];
  return containers.flatMap(({ ports = [] }) =>
    ports
      .filter(({ hostPort }) => hostPort !== undefined && hostPort > 0)
      .map(({ protocol = 'TCP', hostPort, containerPort, hostIP }) => ({
        protocol: protocol as PortMapping['protocol'],
        hostPort: hostPort!,
        containerPort,
        ...(hostIP && !ANY_ADDRESS.includes(hostIP) ? { hostIp: hostIP } : {}),
      })),
  );
}

function podLabels({ metadata: { name, uid, namespace } }: Pod): Record<string, string> {
  return {
    [RuntimeLabel.podName]: name,
    [RuntimeLabel.podNamespace]: namespace!,
    [RuntimeLabel.podUid]: uid!,
  };
}

/**
 * The pod's name for itself: the node's where the node's network is its own (pkg/kubelet/kuberuntime leaves the name of
 * such sandboxes to the machine). Host names hold 63 characters, and do not end with a dash or a dot.
 */
export function hostnameOf({ metadata, spec }: Pod): string {
  const name = (spec?.hostNetwork && spec.nodeName) || spec?.hostname || metadata.name;
  return name.slice(0, 63).replace(/[-.]+$/, '');
}
