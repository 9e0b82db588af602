// The hub of this test ends every watch after a second or two.
import assert from 'node:assert/strict';
import * as k8s from '@kubernetes/client-node';
import { config, configMap, core, namespace, until } from '../connect.mjs';

const path = `/api/v1/namespaces/${namespace}/configmaps`;
const informer = k8s.makeInformer(config, path, () =>
  core.listNamespacedConfigMap({ namespace, labelSelector: 'set=it' }),
);
const heard = [];
let connections = 0;
const ours = (object) => object.metadata.labels?.set === 'it';
for (const verb of ['add', 'update', 'delete'])
  informer.on(verb, (object) => ours(object) && heard.push(`${verb} ${object.metadata.name}`));
informer.on('connect', () => {
  connections += 1;
});
const errors = [];
informer.on('error', (error) => errors.push(error));

const body = (name, data) => configMap(name, data, { set: 'it' });
await core.createNamespacedConfigMap({ namespace, body: body('a') });
await informer.start();
await core.createNamespacedConfigMap({ namespace, body: body('b') });
await until(() => heard.length === 2);

await until(() => connections >= 3);
await core.replaceNamespacedConfigMap({ namespace, name: 'a', body: body('a', { k: 'v' }) });
await core.deleteNamespacedConfigMap({ namespace, name: 'b' });
await until(() => heard.length === 4);
assert.deepEqual(errors, []);
await informer.stop();

assert.deepEqual(heard, ['add a', 'add b', 'update a', 'delete b']);
assert.equal(informer.get('a', namespace).data.k, 'v');
assert.equal(informer.get('b', namespace), undefined);
