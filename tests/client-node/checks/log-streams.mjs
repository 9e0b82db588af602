import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import * as k8s from '@kubernetes/client-node';
import { config, core, namespace, until } from '../connect.mjs';

const command = ['/bin/sh', '-c', 'for i in 1 2 3; do echo $i; sleep 0.1; done'];
await core.createNamespacedPod({
  namespace,
  body: {
    metadata: { name: 'a' },
    spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'host', command }] },
  },
});
for (let phase = ''; phase !== 'Succeeded'; )
  phase = (await core.readNamespacedPodStatus({ namespace, name: 'a' })).status.phase;

const stream = new PassThrough();
let text = '';
stream.on('data', (chunk) => {
  text += chunk;
});
const request = await new k8s.Log(config).log(namespace, 'a', 'main', stream, { follow: true });
await until(() => text === '1\n2\n3\n');
request.abort();
assert.equal(await core.readNamespacedPodLog({ namespace, name: 'a', tailLines: 1 }), '3\n');
