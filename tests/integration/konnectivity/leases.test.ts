import { expect } from 'bun:test';
import { konnectivityServerCommand } from '../../../scripts/services.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually } from '../../cluster/eventually.ts';
import type { Json } from '../../cluster/wire-client.ts';

const suite = shareCluster({ egress: 'direct' });
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases';

async function serverLeases(): Promise<Json[]> {
  const { json } = await suite.cluster.admin.get(`${LEASES}?labelSelector=k8s-app%3Dkonnectivity-server`);
  return json.items;
}

/** A server on an address of its own that keeps a Lease. */
function addServer(number: number) {
  const { cluster } = suite;
  const address = `127.0.7.${number}`;
  const at = ['server', 'agent', 'admin', 'health'].flatMap((each) => [`--${each}-bind-address`, address]);
  const service = cluster.add(`lease-server-${number}`, [
    ...konnectivityServerCommand(cluster.place),
    ...at,
    ...['--server-id', `s-${number}`, '--data-dir', `${cluster.place.home}/lease-server-${number}`],
    '--enable-lease-controller',
  ]);
  service.start();
  return service;
}

suite.test(
  'each server has a Lease as long as it runs, and takes away those of servers that are gone',
  async () => {
    const long = {
      holderIdentity: 'gone',
      leaseDurationSeconds: 30,
      renewTime: '2020-01-01T00:00:00.000000Z',
    };
    const labels = { 'k8s-app': 'konnectivity-server' };
    const gone = { metadata: { name: 'konnectivity-proxy-server-gone', labels }, spec: long };
    expect((await suite.cluster.admin.post(LEASES, gone)).status).toBe(201);
    const unrelated = { metadata: { name: 'unrelated' }, spec: long };
    expect((await suite.cluster.admin.post(LEASES, unrelated)).status).toBe(201);

    const servers = [addServer(1), addServer(2)];
    const names = async () => (await serverLeases()).map(({ metadata }) => metadata.name).sort();
    const both = ['konnectivity-proxy-server-s-1', 'konnectivity-proxy-server-s-2'];
    await eventually(async () => (await names()).join() === both.join());
    const [lease] = await serverLeases();
    expect(lease.spec).toMatchObject({ holderIdentity: 's-1', leaseDurationSeconds: 30 });
    expect(Math.abs(Date.parse(lease.spec.renewTime) - Date.now())).toBeLessThan(30_000);
    expect((await suite.cluster.admin.get(`${LEASES}/unrelated`)).status).toBe(200);

    await servers[0]!.stop();
    expect(await names()).toEqual(both.slice(1));
  },
);
