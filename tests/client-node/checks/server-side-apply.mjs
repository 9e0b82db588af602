import assert from 'node:assert/strict';
import * as k8s from '@kubernetes/client-node';
import { configMap, core, namespace, refusal } from '../connect.mjs';

const applying = k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.ServerSideApply);
const apply = (fieldManager, data, force) =>
  core.patchNamespacedConfigMap(
    {
      namespace,
      name: 'a',
      body: { apiVersion: 'v1', kind: 'ConfigMap', ...configMap('a', data) },
      fieldManager,
      force,
    },
    applying,
  );

await apply('one', { k: 'v', l: 'v' });
const applied = await apply('one', { k: 'v' });
assert.deepEqual(applied.data, { k: 'v' });
const [entry] = applied.metadata.managedFields;
assert.equal(entry.manager, 'one');
assert.equal(entry.operation, 'Apply');
assert.deepEqual(entry.fieldsV1['f:data'], { 'f:k': {} });

const conflict = await refusal(apply('two', { k: 'w' }));
assert.equal(conflict.http, 409);
assert.equal((await apply('two', { k: 'w' }, true)).data.k, 'w');
