import { type Container, type ObjectMeta, parseQuantity } from '@hawser/api';
import { affinityWarnings } from './affinity-warnings.ts';
import { deprecatedNodeLabel } from './deprecated-node-labels.ts';
import { containersOf, type PodSpec } from './pod-types.ts';

/**
 * What is accepted and yet worth a word: what is deprecated, and what does not do what it seems to
 * (kubernetes/pkg/api/pod, GetWarningsForPod).
 * @param at the path of what holds metadata and spec: empty in a pod, `spec.template` in what makes pods.
 */
export function podWarnings(at: string, metadata: Partial<ObjectMeta> | undefined, spec: PodSpec): string[] {
  const prefix = at === '' ? '' : `${at}.`;
  const path = `${prefix}spec`;
  return [
    ...Object.keys(spec.nodeSelector ?? {}).flatMap((key) => {
      const words = deprecatedNodeLabel(key);
      return words === undefined ? [] : [`${path}.nodeSelector[${key}]: ${words}`];
    }),
    ...affinityWarnings(path, spec),
    ...annotationWarnings(`${prefix}metadata.annotations`, metadata?.annotations ?? {}),
    ...volumeWarnings(`${path}.volumes`, spec.volumes),
    ...repeatedWarnings(`${path}.hostAliases`, 'ip', spec.hostAliases),
    ...repeatedWarnings(`${path}.imagePullSecrets`, 'name', spec.imagePullSecrets),
    ...(spec.imagePullSecrets ?? []).flatMap(({ name }, i) =>
      name ? [] : [`${path}.imagePullSecrets[${i}].name: invalid empty name ""`],
    ),
    ...fractionWarnings(`${path}.overhead`, spec.overhead),
    ...[...containersOf(spec, path)].flatMap(([container, where]) => containerWarnings(where, container)),
    ...portWarnings(path, spec),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0
      ? [
          `${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
        ]
      : []),
  ];
}

const ANNOTATIONS: Readonly<Record<string, string>> = {
  'scheduler.alpha.kubernetes.io/critical-pod':
    'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
};

function annotationWarnings(at: string, annotations: Readonly<Record<string, string>>): string[] {
  return Object.entries(ANNOTATIONS).flatMap(([key, words]) =>
    Object.hasOwn(annotations, key) ? [`${at}[${key}]: ${words}`] : [],
  );
}

const VOLUMES = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  gitRepo: 'deprecated in v1.11',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
} as const;

function volumeWarnings(at: string, volumes: PodSpec['volumes'] = []): string[] {
  return volumes.flatMap((volume, i) =>
    (Object.keys(VOLUMES) as (keyof typeof VOLUMES)[]).flatMap((source) => {
      if (volume[source] === undefined) return [];
      const told = source === 'storageos' ? 'storageOS' : source;
      return [`${at}[${i}].${told}: ${VOLUMES[source]}`];
    }),
  );
}

function repeatedWarnings<K extends string>(
  at: string,
  field: K,
  items: readonly { readonly [key in K]?: string }[] = [],
): string[] {
  const seen = new Set<string>();
  return items.flatMap((item, i) => {
    const value = item[field] ?? '';
    if (seen.has(value)) return [`${at}[${i}].${field}: duplicate ${field} ${JSON.stringify(value)}`];
    seen.add(value);
    return [];
  });
}

function containerWarnings(at: string, { resources, env = [] }: Container): string[] {
  return [
    ...fractionWarnings(`${at}.resources.limits`, resources?.limits),
    ...fractionWarnings(`${at}.resources.requests`, resources?.requests),
    ...envWarnings(`${at}.env`, env),
  ];
}

/** Of memory and disk there is no half a byte. */
function fractionWarnings(at: string, quantities: Readonly<Record<string, string>> = {}): string[] {
  return ['memory', 'ephemeral-storage'].flatMap((name) => {
    const quantity = quantities[name];
    if (quantity === undefined || parseQuantity(quantity).nano % 1_000_000_000n === 0n) return [];
    return [
      `${at}[${name}]: fractional byte value ${JSON.stringify(quantity)} is invalid, must be an integer`,
    ];
  });
}

/** A variable that stands again is lost on the way through `kubectl apply`, unless it builds on the one before. */
function envWarnings(at: string, variables: NonNullable<Container['env']>): string[] {
  const seen = new Set<string>();
  return variables.flatMap(({ name, value = '', valueFrom }, i) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    const reference = `$(${name})`;
    const builds = valueFrom === undefined && value !== reference && value.includes(reference);
    return builds
      ? []
      : [
          `${at}[${i}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
        ];
  });
}

type Port = NonNullable<Container['ports']>[number];

/** So many definitions of one port are compared with each other: there are as many pairs as their square. */
const MAX_COMPARED = 4;

function portWarnings(path: string, spec: PodSpec): string[] {
  const taken = new Map<string, { at: string; port: Port }[]>();
  return [...containersOf(spec, path)].flatMap(([{ ports = [] }, where]) =>
    ports.flatMap((port, i) => {
      const at = `${where}.ports[${i}]`;
      const key = `${port.containerPort}/${port.protocol ?? 'TCP'}`;
      const others = taken.get(key) ?? [];
      const words = others.flatMap((other) => {
        const how = overlap(port, other.port);
        return how === undefined ? [] : [`${at}: ${how} port definition with ${other.at}`];
      });
      if (others.length < MAX_COMPARED) taken.set(key, [...others, { at, port }]);
      return words;
    }),
  );
}

function overlap(a: Port, b: Port): string | undefined {
  const [portA, portB] = [a.hostPort ?? 0, b.hostPort ?? 0];
  const [ipA, ipB] = [a.hostIP ?? '', b.hostIP ?? ''];
  if (ipA === ipB && portA === portB) return 'duplicate';
  if (portA === 0 || portB === 0) return 'overlapping';
  return portA === portB && (ipA === '') !== (ipB === '') ? 'dangerously ambiguous' : undefined;
}
