import assert from 'node:assert/strict';
import { configMap, core, namespace, refusal } from '../connect.mjs';

const names = ({ items }) => items.map(({ metadata }) => metadata.name);
for (const [name, app] of [
  ['a', 'web'],
  ['b', 'web'],
  ['c', 'db'],
])
  await core.createNamespacedConfigMap({ namespace, body: configMap(name, {}, { app, set: 'it' }) });

const list = (query) => core.listNamespacedConfigMap({ namespace, ...query });
assert.deepEqual(names(await list({ labelSelector: 'app=web' })), ['a', 'b']);
assert.deepEqual(names(await list({ labelSelector: 'set,app notin (web)' })), ['c']);
assert.deepEqual(names(await list({ fieldSelector: 'metadata.name=b' })), ['b']);
assert.deepEqual(
  names(
    await core.listConfigMapForAllNamespaces({
      labelSelector: 'app=db',
      fieldSelector: `metadata.namespace=${namespace}`,
    }),
  ),
  ['c'],
);

const first = await list({ labelSelector: 'set', limit: 2 });
assert.deepEqual(names(first), ['a', 'b']);
assert.ok(first.metadata._continue);
// What comes between the pages is not on them.
await core.createNamespacedConfigMap({ namespace, body: configMap('bb', {}, { set: 'it' }) });
const second = await list({ labelSelector: 'set', limit: 2, _continue: first.metadata._continue });
assert.deepEqual(names(second), ['c']);
assert.equal(second.metadata._continue, undefined);
assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);

const gone = await refusal(list({ limit: 2, _continue: 'nonsense' }));
assert.deepEqual([gone.http, gone.reason], [400, 'BadRequest']);
const unknown = await refusal(list({ fieldSelector: 'data.k=v' }));
assert.equal(unknown.http, 400);
