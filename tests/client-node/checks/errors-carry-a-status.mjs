import assert from 'node:assert/strict';
import * as k8s from '@kubernetes/client-node';
import { config, configMap, core, namespace, refusal } from '../connect.mjs';

const missing = await refusal(core.readNamespacedConfigMap({ namespace, name: 'nobody' }));
assert.equal(missing.http, 404);
assert.equal(missing.kind, 'Status');
assert.equal(missing.reason, 'NotFound');
assert.equal(missing.message, 'configmaps "nobody" not found');
assert.deepEqual(missing.details, { name: 'nobody', kind: 'configmaps' });

await core.createNamespacedConfigMap({ namespace, body: configMap('a') });
const twice = await refusal(core.createNamespacedConfigMap({ namespace, body: configMap('a') }));
assert.deepEqual([twice.http, twice.reason], [409, 'AlreadyExists']);

const stale = { ...configMap('a'), metadata: { name: 'a', namespace, resourceVersion: '1' } };
const conflict = await refusal(core.replaceNamespacedConfigMap({ namespace, name: 'a', body: stale }));
assert.deepEqual([conflict.http, conflict.reason], [409, 'Conflict']);

const invalid = await refusal(
  core.createNamespacedPod({
    namespace,
    body: {
      metadata: { name: 'Bad_Name' },
      spec: { containers: [{ name: 'main' }], restartPolicy: 'Maybe' },
    },
  }),
);
assert.deepEqual([invalid.http, invalid.reason], [422, 'Invalid']);
const fields = invalid.details.causes.map(({ field, reason }) => `${field} ${reason}`);
assert.ok(fields.includes('metadata.name FieldValueInvalid'), fields.join());
assert.ok(fields.includes('spec.restartPolicy FieldValueNotSupported'), fields.join());

const jane = new k8s.KubeConfig();
jane.loadFromString(config.exportConfig());
jane.users[0] = { ...jane.users[0], impersonateUser: 'jane' };
const forbidden = await refusal(jane.makeApiClient(k8s.CoreV1Api).listNamespacedPod({ namespace }));
assert.deepEqual([forbidden.http, forbidden.reason], [403, 'Forbidden']);
assert.equal(
  forbidden.message,
  `pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "${namespace}"`,
);
