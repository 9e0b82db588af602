import type { Cluster } from './cluster.ts';
import { eventually } from './eventually.ts';
import { expectJson } from './expectations.ts';
import type { Json } from './wire-client.ts';

export const podsIn = (namespace: string): string => `/api/v1/namespaces/${namespace}/pods`;

/** Creates a pod and returns its path. */
export async function createPod(cluster: Cluster, namespace: string, pod: Json): Promise<string> {
  expectJson(await cluster.admin.post(podsIn(namespace), pod), 201);
  return `${podsIn(namespace)}/${pod.metadata.name}`;
}

/** Waits until a pod is as `matches` wants it, and shows what it is instead when it never is. */
export async function podThat(
  cluster: Cluster,
  path: string,
  matches: (pod: Json) => boolean,
  timeoutMs = 20_000,
): Promise<Json> {
  return await eventually(async () => {
    const pod = expectJson(await cluster.admin.get(path));
    if (!matches(pod)) throw new Error(`the pod is still ${JSON.stringify(pod.status, null, 1)}`);
    return pod;
  }, timeoutMs);
}

export const hasPhase =
  (phase: string) =>
  (pod: Json): boolean =>
    pod.status.phase === phase;

export function isReady(pod: Json): boolean {
  return (
    pod.status.conditions?.some(({ type, status }: Json) => type === 'Ready' && status === 'True') === true
  );
}

/** A pod's log; `query` as `?tailLines=1`. @throws Error unless the answer is 200. */
export async function logOf(cluster: Cluster, path: string, query = ''): Promise<string> {
  const answer = await cluster.admin.get(`${path}/log${query}`);
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
  return answer.text;
}
