import assert from 'node:assert/strict';
import * as k8s from '@kubernetes/client-node';
import { configMap, core, namespace, refusal } from '../connect.mjs';

const as = (strategy) => k8s.setHeaderOptions('Content-Type', strategy);
const { JsonPatch, MergePatch, StrategicMergePatch } = k8s.PatchStrategy;

await core.createNamespacedConfigMap({ namespace, body: configMap('a', { k: 'v', l: 'v' }) });
const patch = (strategy, body) => core.patchNamespacedConfigMap({ namespace, name: 'a', body }, as(strategy));
const byJson = await patch(JsonPatch, [{ op: 'replace', path: '/data/k', value: 'json' }]);
assert.equal(byJson.data.k, 'json');
const byMerge = await patch(MergePatch, { data: { l: null, m: 'merge' } });
assert.deepEqual(byMerge.data, { k: 'json', m: 'merge' });

const env = [{ name: 'A', value: '1' }];
await core.createNamespacedPod({
  namespace,
  body: {
    metadata: { name: 'p' },
    spec: { nodeSelector: { nowhere: 'yes' }, containers: [{ name: 'main', image: 'host', env }] },
  },
});
const byKeys = await core.patchNamespacedPod(
  { namespace, name: 'p', body: { spec: { containers: [{ name: 'main', image: 'other' }] } } },
  as(StrategicMergePatch),
);
assert.equal(byKeys.spec.containers[0].image, 'other');
assert.equal(byKeys.spec.containers[0].env[0].value, '1');

const failed = await refusal(patch(JsonPatch, [{ op: 'test', path: '/data/k', value: 'no' }]));
assert.equal(failed.http, 422);
