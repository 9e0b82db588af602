import { readFileSync } from 'node:fs';
import { nodeLayout } from '@hawser/config';
import type { Cluster } from '../../cluster/cluster.ts';
import { expectJson } from '../../cluster/expectations.ts';
import { configMap, shellPod } from '../../cluster/objects.ts';
import type { Json, WireClient } from '../../cluster/wire-client.ts';
import type { Facts } from './admission.ts';

/** Somebody with the key of node-1, and what there is to be had. */
export interface StolenNode extends Facts {
  readonly thief: WireClient;
  readonly namespace: string;
}

/**
 * Takes the key of a node that has joined, and stops its kubelet, so that what is written afterwards is the thief's
 * doing alone. There are three pods, each with objects of its name: `mine` on node-1, `theirs` on node-2, and
 * `pending` on none; `foreign` runs on node-2 with the account of `mine`.
 */
export async function stealNode(cluster: Cluster): Promise<StolenNode> {
  await cluster.nodeReady('node-1');
  await cluster.service('node-1').stop();
  const pem = readFileSync(nodeLayout(cluster.place.home, 'node-1').clientCertificate, 'utf8');
  const namespace = await cluster.namespace();
  await prepareNodes(cluster);
  const annotations = { 'example.com/there': 'are some' };
  expectJson(await cluster.admin.patch('/api/v1/nodes/node-1', 'merge', { metadata: { annotations } }));
  for (const [name, nodeName] of [
    ['mine', 'node-1'],
    ['theirs', 'node-2'],
    ['pending', ''],
  ] as const)
    await prepareObjects(cluster, namespace, name, nodeName);
  const foreign = podWith('foreign', 'node-2', 'mine');
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const read = async (at: string) => expectJson(await cluster.admin.get(at)).metadata.uid as string;
  return {
    thief: cluster.wire({ cert: pem, key: pem }),
    namespace,
    foreignPodUid: expectJson(await cluster.admin.post(path, foreign), 201).metadata.uid,
    podUid: await read(`${path}/mine`),
    nodeUid: await read('/api/v1/nodes/node-1'),
  };
}

/** node-2 is an object only: nothing here hangs on its kubelet. */
async function prepareNodes({ admin }: Cluster): Promise<void> {
  const metadata = { name: 'node-2' };
  expectJson(await admin.post('/api/v1/nodes', { metadata }), 201);
  expectJson(await admin.post('/apis/storage.k8s.io/v1/csinodes', { metadata, spec: { drivers: [] } }), 201);
  const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
  expectJson(await admin.post(leases, { metadata, spec: { holderIdentity: 'node-2' } }), 201);
}

async function prepareObjects(
  { admin }: Cluster,
  namespace: string,
  name: string,
  nodeName: string,
): Promise<void> {
  const metadata = { name };
  const at = `/api/v1/namespaces/${namespace}`;
  const storage = { accessModes: ['ReadWriteOnce'], storageClassName: '' };
  const made: [string, Json][] = [
    [`${at}/secrets`, { metadata, stringData: { password: name } }],
    [`${at}/configmaps`, configMap(name)],
    [`${at}/serviceaccounts`, { metadata }],
    [
      `${at}/persistentvolumeclaims`,
      { metadata, spec: { ...storage, volumeName: name, resources: { requests: { storage: '1Gi' } } } },
    ],
    [
      '/api/v1/persistentvolumes',
      {
        metadata,
        spec: {
          ...storage,
          capacity: { storage: '1Gi' },
          claimRef: { namespace, name },
          hostPath: { path: '/tmp' },
        },
      },
    ],
    [
      '/apis/storage.k8s.io/v1/volumeattachments',
      {
        metadata,
        spec: { attacher: 'd', nodeName: nodeName || 'node-9', source: { persistentVolumeName: name } },
      },
    ],
    [`${at}/pods`, podWith(name, nodeName, name)],
  ];
  for (const [path, object] of made) expectJson(await admin.post(path, object), 201);
}

/** @param nodeName empty for a pod that no scheduler looks at. */
function podWith(name: string, nodeName: string, account: string): Json {
  return shellPod(name, 'exec sleep 3600', {
    ...(nodeName === '' ? { schedulerName: 'nobody' } : { nodeName }),
    serviceAccountName: account,
    volumes: [
      { name: 'secret', secret: { secretName: name } },
      { name: 'config', configMap: { name } },
      { name: 'claim', persistentVolumeClaim: { claimName: name } },
    ],
  });
}
