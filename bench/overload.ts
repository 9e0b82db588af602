/**
 * How long a node waits for the renewal of its lease beside a flood of one ordinary user, of any API server:
 *   bun bench/overload.ts --kubeconfig FILE [--connections 200] [--seconds 5]
 * The flood lists 2,000 ConfigMaps of 1 KB and creates others. Node and user are impersonated. Prints milliseconds
 * without and with the flood.
 */
import { parseArgs } from 'node:util';
import { Requester, subjectOf } from './connection.ts';

const { values } = parseArgs({
  options: {
    kubeconfig: { type: 'string' },
    connections: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '5' },
  },
});
const { kubeconfig, connections, seconds } = values;
if (kubeconfig === undefined) throw new Error('--kubeconfig is required');
const subject = subjectOf(kubeconfig);
const OBJECTS = 2_000;
const USER = 'overload-user';
const NODE = 'overload-node';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

using admin = new Requester(subject, 16);
using node = new Requester(
  {
    ...subject,
    headers: {
      ...subject.headers,
      'Impersonate-User': `system:node:${NODE}`,
      'Impersonate-Group': 'system:nodes',
    },
  },
  1,
);
const namespace = `overload-${Date.now().toString(36)}`;
const maps = `/api/v1/namespaces/${namespace}/configmaps`;

async function prepare(): Promise<void> {
  await admin.send('POST', '/api/v1/namespaces', JSON.stringify({ metadata: { name: namespace } }));
  const name = namespace;
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'create'] }];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
  await admin.send('POST', `${RBAC}/clusterroles`, JSON.stringify({ metadata: { name }, rules }));
  const subjects = [{ kind: 'User', name: USER }];
  await admin.send(
    'POST',
    `${RBAC}/clusterrolebindings`,
    JSON.stringify({ metadata: { name }, roleRef, subjects }),
  );
  const data = { text: 'x'.repeat(800) };
  for (let from = 0; from < OBJECTS; from += 16)
    await Promise.all(
      Array.from({ length: 16 }, (_, i) =>
        admin.send('POST', maps, JSON.stringify({ metadata: { name: `map-${from + i}` }, data })),
      ),
    );
}

/** Renews the lease again and again. @returns the times that it took, in ascending order. */
async function renewals(untilMs: number): Promise<number[]> {
  const times: number[] = [];
  const patch = () => JSON.stringify({ spec: { renewTime: new Date().toISOString().replace('Z', '000Z') } });
  while (performance.now() < untilMs) {
    const began = performance.now();
    await node.send('PATCH', `${LEASES}/${NODE}`, patch(), 'application/merge-patch+json');
    times.push(performance.now() - began);
    await Bun.sleep(5);
  }
  return times.sort((a, b) => a - b);
}

function say(what: string, times: readonly number[]): void {
  const at = (part: number) => times[Math.min(times.length - 1, Math.floor(times.length * part))]!.toFixed(1);
  console.log(`${what}: ${times.length} renewals, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`);
}

await prepare();
const lease = { metadata: { name: NODE }, spec: { holderIdentity: NODE, leaseDurationSeconds: 40 } };
await node.send('POST', LEASES, JSON.stringify(lease));
const ms = Number(seconds) * 1000;
say('alone', await renewals(performance.now() + ms));
const flags = ['--kubeconfig', kubeconfig, '--as', USER, '--connections', connections];
const flood = Bun.spawn(
  [
    process.execPath,
    `${import.meta.dir}/flood.ts`,
    ...flags,
    ...['--list', maps, '--create', maps, '--seconds', `${Number(seconds) + 2}`],
  ],
  { stdout: 'pipe', stderr: 'inherit' },
);
const reader = flood.stdout.getReader();
await reader.read();
say(`beside ${connections} connections`, await renewals(performance.now() + ms));
const { value } = await reader.read();
console.log(`the flood was answered ${new TextDecoder().decode(value).trim()}`);
await admin.send('DELETE', `${LEASES}/${NODE}`);
await admin.send('DELETE', maps);
for (const kind of ['clusterrolebindings', 'clusterroles'])
  await admin.send('DELETE', `${RBAC}/${kind}/${namespace}`);
await admin.send('DELETE', `/api/v1/namespaces/${namespace}`);
