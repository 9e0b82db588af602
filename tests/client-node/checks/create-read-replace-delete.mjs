import assert from 'node:assert/strict';
import { configMap, core, namespace, refusal } from '../connect.mjs';

const created = await core.createNamespacedConfigMap({ namespace, body: configMap('a', { k: 'v' }) });
assert.equal(created.metadata.name, 'a');
assert.ok(created.metadata.creationTimestamp instanceof Date);

const read = await core.readNamespacedConfigMap({ namespace, name: 'a' });
assert.deepEqual(read, created);

const replaced = await core.replaceNamespacedConfigMap({
  namespace,
  name: 'a',
  body: { ...read, data: { k: 'w' } },
});
assert.equal(replaced.data.k, 'w');
assert.notEqual(replaced.metadata.resourceVersion, read.metadata.resourceVersion);

const dry = await core.createNamespacedConfigMap({ namespace, body: configMap('dry'), dryRun: 'All' });
assert.ok(dry.metadata.uid);

const { code } = await refusal(core.readNamespacedConfigMap({ namespace, name: 'dry' }));
assert.equal(code, 404);

const wrong = await refusal(
  core.deleteNamespacedConfigMap({
    namespace,
    name: 'a',
    body: { preconditions: { resourceVersion: read.metadata.resourceVersion } },
  }),
);
assert.equal(wrong.code, 409);
const deleted = await core.deleteNamespacedConfigMap({
  namespace,
  name: 'a',
  propagationPolicy: 'Background',
  body: { preconditions: { uid: read.metadata.uid } },
});
assert.equal(deleted.status, 'Success');
