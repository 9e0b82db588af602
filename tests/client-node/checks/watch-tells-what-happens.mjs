import assert from 'node:assert/strict';
import * as k8s from '@kubernetes/client-node';
import { config, configMap, core, namespace, until } from '../connect.mjs';

const { metadata } = await core.listNamespacedConfigMap({ namespace });
const heard = [];
let ended = 'not';
const request = await new k8s.Watch(config).watch(
  `/api/v1/namespaces/${namespace}/configmaps`,
  {
    resourceVersion: metadata.resourceVersion,
    labelSelector: 'set=it',
    allowWatchBookmarks: true,
    timeoutSeconds: 600,
  },
  (type, object) => {
    if (type !== 'BOOKMARK') heard.push(`${type} ${object.metadata.name} ${object.data?.k}`);
  },
  (error) => {
    ended = error;
  },
);
await core.createNamespacedConfigMap({ namespace, body: configMap('a', { k: '1' }, { set: 'it' }) });
await core.replaceNamespacedConfigMap({
  namespace,
  name: 'a',
  body: configMap('a', { k: '2' }, { set: 'it' }),
});
// Out of what the selector chooses (the last that it did choose is told), and in again.
await core.replaceNamespacedConfigMap({ namespace, name: 'a', body: configMap('a', { k: '3' }) });
await core.replaceNamespacedConfigMap({
  namespace,
  name: 'a',
  body: configMap('a', { k: '4' }, { set: 'it' }),
});
await core.deleteNamespacedConfigMap({ namespace, name: 'a' });
await until(() => heard.length === 5);
assert.deepEqual(heard, ['ADDED a 1', 'MODIFIED a 2', 'DELETED a 2', 'ADDED a 4', 'DELETED a 4']);
assert.equal(ended, 'not');
request.abort();
