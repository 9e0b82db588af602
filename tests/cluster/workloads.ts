import type { Json } from './wire-client.ts';

/** A template of pods that are labelled with a name and sleep. */
export function podTemplate(app: string, spec: Json = {}): Json {
  return {
    metadata: { labels: { app } },
    spec: {
      containers: [{ name: 'main', image: 'host', command: ['/bin/sleep', '1000'] }],
      ...spec,
    },
  };
}

/** A Deployment of such pods. */
export function deployment(name: string, spec: Json = {}): Json {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { selector: { matchLabels: { app: name } }, template: podTemplate(name), ...spec },
  };
}
