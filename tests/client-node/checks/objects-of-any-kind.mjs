import assert from 'node:assert/strict';
import * as k8s from '@kubernetes/client-node';
import { config, configMap, namespace, refusal } from '../connect.mjs';

const objects = k8s.KubernetesObjectApi.makeApiClient(config);
const spec = configMap('a', { k: 'v' });
const created = await objects.create(spec);
assert.equal(created.metadata.namespace, namespace);

const patched = await objects.patch(
  { ...spec, data: { k: 'w' } },
  undefined,
  undefined,
  undefined,
  undefined,
  k8s.PatchStrategy.MergePatch,
);
assert.equal(patched.data.k, 'w');

const role = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: { name: 'r', namespace },
  rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
};
assert.deepEqual({ ...(await objects.create(role)).rules[0] }, role.rules[0]);

const list = await objects.list('v1', 'ConfigMap', namespace);
assert.ok(list.items.some(({ metadata }) => metadata.name === 'a'));
const read = await objects.read(spec);
assert.equal(read.data.k, 'w');
await objects.replace({ ...read, data: { k: 'x' } });
await objects.delete(spec);
assert.equal((await refusal(objects.read(spec))).code, 404);
