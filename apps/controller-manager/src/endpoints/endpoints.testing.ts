/** Services and pods as the caches hold them, for the tests of this folder. */
import type { EndpointSlice, Node, Pod, Service } from '@hawser/api';

type Loose = Record<string, unknown>;

export function service(spec: Loose = {}, metadata: Loose = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'a', uid: 'service-uid', ...metadata },
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.1.1',
      ipFamilies: ['IPv4'],
      selector: { app: 'web' },
      ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
      ...spec,
    },
  } as Service;
}

export interface PodSketch {
  readonly ip?: string;
  readonly ready?: boolean;
  readonly readySince?: string;
  readonly node?: string;
  readonly metadata?: Loose;
  readonly spec?: Loose;
  readonly phase?: string;
}

export function pod(name: string, sketch: PodSketch = {}): Pod {
  const { ip = '10.1.0.1', ready = true, readySince = '2024-01-01T00:00:00Z', node = 'node-1' } = sketch;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'a', uid: `uid-${name}`, labels: { app: 'web' }, ...sketch.metadata },
    spec: {
      nodeName: node,
      containers: [{ name: 'c', ports: [{ name: 'web', containerPort: 8080, protocol: 'TCP' }] }],
      ...sketch.spec,
    },
    status: {
      phase: sketch.phase ?? 'Running',
      ...(ip === '' ? {} : { podIP: ip, podIPs: [{ ip }] }),
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: readySince }],
    },
  } as Pod;
}

export const nodeOf = (name: string): Node | undefined =>
  name.startsWith('node-')
    ? ({
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name, labels: { 'topology.kubernetes.io/zone': `zone-of-${name}` } },
      } as Node)
    : undefined;

export function slice(name: string, content: Loose): EndpointSlice {
  const { labels = {}, generation = 1, ...rest } = content;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace: 'a', labels, generation },
    addressType: 'IPv4',
    endpoints: [],
    ...rest,
  } as EndpointSlice;
}
