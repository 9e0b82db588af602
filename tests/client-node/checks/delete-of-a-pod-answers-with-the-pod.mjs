import assert from 'node:assert/strict';
import { core, namespace } from '../connect.mjs';

const pod = {
  metadata: { name: 'a' },
  // No node has it: it waits.
  spec: { nodeSelector: { nowhere: 'yes' }, containers: [{ name: 'main', image: 'host' }] },
};
const created = await core.createNamespacedPod({ namespace, body: pod });
assert.equal(created.spec.restartPolicy, 'Always');
const deleted = await core.deleteNamespacedPod({ namespace, name: 'a', gracePeriodSeconds: 0 });
assert.equal(deleted.metadata.name, 'a');
