// An informer stops, the hub forgets the past meanwhile, and the informer starts again (on SIGINT) where it was: it
// is told 410 and lists anew.
import assert from 'node:assert/strict';
import * as k8s from '@kubernetes/client-node';
import { config, core, namespace, until } from './connect.mjs';

const path = `/api/v1/namespaces/${namespace}/configmaps`;
let lists = 0;
const informer = k8s.makeInformer(config, path, () => {
  lists += 1;
  return core.listNamespacedConfigMap({ namespace });
});
const heard = [];
for (const verb of ['add', 'update', 'delete'])
  informer.on(
    verb,
    ({ metadata }) => metadata.name.startsWith('it-') && heard.push(`${verb} ${metadata.name}`),
  );

// Stopping is told as an error of the watch.
informer.on('error', ({ type }) => assert.equal(type, 'aborted'));

await informer.start();
await until(() => heard.length === 1);
await informer.stop();
const resumed = new Promise((resolve) => process.on('SIGINT', resolve));
console.log('stopped');
// Nothing else keeps the process alive until then.
const alive = setInterval(() => {}, 1000);
await resumed;
clearInterval(alive);

await informer.start();
await until(() => heard.length === 3);
await informer.stop();
assert.deepEqual(heard, ['add it-gone', 'delete it-gone', 'add it-new']);
assert.equal(lists, 2);
console.log('relisted');
// The client heard of the last object from a list; the watch that follows may have begun after it was stopped.
process.exit();
