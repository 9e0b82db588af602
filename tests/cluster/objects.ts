import type { Json } from './wire-client.ts';

/** A ConfigMap: the kind that the machinery is tested with where nothing else is needed. */
export function configMap(name: string, data: Record<string, string> = {}, metadata: object = {}): Json {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data };
}

/** A Pod whose one container runs a shell script. */
export function shellPod(name: string, script: string, spec: Json = {}): Json {
  const { container = {}, metadata = {}, ...rest } = spec;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...metadata },
    spec: {
      terminationGracePeriodSeconds: 1,
      ...rest,
      containers: [{ name: 'main', image: 'host', command: ['/bin/sh', '-c', script], ...container }],
    },
  };
}
