import type { Cluster } from './cluster.ts';
import { expectJson } from './expectations.ts';
import type { Json } from './wire-client.ts';

/** The namespace of these objects, by its path. */
export const CORE = '/api/v1/namespaces/default';

/** A pod that never runs, at an address of the test's. */
export async function makePod(cluster: Cluster, name: string, ip: string, pod: Json = {}): Promise<void> {
  const { spec = {}, metadata = {} } = pod;
  expectJson(
    await cluster.admin.post(`${CORE}/pods`, {
      metadata: { name, ...metadata },
      spec: { containers: [{ name: 'main', image: 'host', ...spec }] },
    }),
    201,
  );
  const status = { podIP: ip, podIPs: [{ ip }] };
  expectJson(await cluster.admin.patch(`${CORE}/pods/${name}/status`, 'merge', { status }));
}

/** A Service without a selector: its endpoints are the test's. */
export async function makeService(
  cluster: Cluster,
  name: string,
  spec: Json,
  metadata: Json = {},
): Promise<void> {
  expectJson(await cluster.admin.post(`${CORE}/services`, { metadata: { name, ...metadata }, spec }), 201);
}

/** Endpoints of a Service. */
export async function makeSlice(cluster: Cluster, service: string, slice: Json): Promise<void> {
  const answer = await cluster.admin.post('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
    metadata: { generateName: `${service}-`, labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    ...slice,
  });
  expectJson(answer, 201);
}

/** What an endpoint says of the pod that it is. */
export const podRef = (name: string) => ({ kind: 'Pod', namespace: 'default', name });
