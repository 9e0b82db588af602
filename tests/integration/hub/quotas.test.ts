import { describe, expect } from 'bun:test';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import { configMap, shellPod } from '../../cluster/objects.ts';
import type { Json } from '../../cluster/wire-client.ts';

const hub = shareCluster();

const at = (namespace: string, plural: string, name = '') =>
  `/api/v1/namespaces/${namespace}/${plural}${name === '' ? '' : `/${name}`}`;

/** A quota as the controller would have made it ready: nothing counts before it says so. */
async function quotaOf(
  cluster: Cluster,
  namespace: string,
  hard: Record<string, string>,
  { name = 'quota', spec = {}, used = {} }: { name?: string; spec?: Json; used?: Json } = {},
): Promise<string> {
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name }, spec: { hard, ...spec } };
  const created = expectJson(await cluster.admin.post(at(namespace, 'resourcequotas'), quota), 201);
  const zero = Object.fromEntries(Object.keys(hard).map((resource) => [resource, '0']));
  const path = at(namespace, 'resourcequotas', name);
  const status = { hard, used: { ...zero, ...used } };
  expectJson(await cluster.admin.put(`${path}/status`, { ...created, status }));
  return path;
}

const usedOf = async (cluster: Cluster, path: string) =>
  expectJson(await cluster.admin.get(path)).status.used;

const asking = (name: string, resources: Json, spec: Json = {}) =>
  shellPod(name, 'true', { container: { resources }, ...spec });

describe('a quota', () => {
  hub.test('is never exceeded, however many create at once', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = await quotaOf(cluster, namespace, { configmaps: '10', 'count/configmaps': '10' });
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        cluster.admin.post(at(namespace, 'configmaps'), configMap(`c-${i}`)),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
    const refused = answers.filter(({ status }) => status !== 201);
    for (const answer of refused) expectFailure(answer, 403, 'Forbidden');
    expect(refused[0]!.json.message).toMatch(
      /^configmaps "c-\d+" is forbidden: exceeded quota: quota, requested: configmaps=1,count\/configmaps=1, used: configmaps=10,count\/configmaps=10, limited: configmaps=10,count\/configmaps=10$/,
    );
    expect(await usedOf(cluster, path)).toEqual({ configmaps: '10', 'count/configmaps': '10' });
    expect(expectJson(await cluster.admin.get(at(namespace, 'configmaps'))).items).toHaveLength(10);
  });

  hub.test('is charged by all that count a write, or by none', async (cluster) => {
    const namespace = await cluster.namespace();
    const wide = await quotaOf(cluster, namespace, { configmaps: '5' }, { name: 'wide' });
    const narrow = await quotaOf(cluster, namespace, { 'count/configmaps': '3' }, { name: 'narrow' });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        cluster.admin.post(at(namespace, 'configmaps'), configMap(`c-${i}`)),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(await usedOf(cluster, wide)).toEqual({ configmaps: '3' });
    expect(await usedOf(cluster, narrow)).toEqual({ 'count/configmaps': '3' });
  });

  hub.test('is charged nothing for what is tried, refused or there already', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = await quotaOf(cluster, namespace, { configmaps: '2' });
    const post = (body: Json, query = '') =>
      cluster.admin.post(`${at(namespace, 'configmaps')}${query}`, body);
    expectJson(await post(configMap('a'), '?dryRun=All'), 201);
    expect(await usedOf(cluster, path)).toEqual({ configmaps: '0' });
    expectJson(await post(configMap('a')), 201);
    expectJson(await post(configMap('a')), 409);
    expectJson(await post(configMap('Not A Name')), 422);
    // Of those that race for one name, all but one come to nothing.
    await Promise.all(Array.from({ length: 8 }, () => post(configMap('b'))));
    expect(await usedOf(cluster, path)).toEqual({ configmaps: '2' });
    expectFailure(await post(configMap('c'), '?dryRun=All'), 403, 'Forbidden');
  });

  hub.test('counts what pods ask for, and has them ask', async (cluster) => {
    const namespace = await cluster.namespace();
    const hard = { pods: '3', 'requests.cpu': '1', 'limits.memory': '1Gi' };
    const path = await quotaOf(cluster, namespace, hard);
    const silent = await cluster.admin.post(at(namespace, 'pods'), shellPod('silent', 'true'));
    expect(expectFailure(silent, 403, 'Forbidden').message).toBe(
      'pods "silent" is forbidden: failed quota: quota: must specify limits.memory for: main; requests.cpu for: main',
    );
    const resources = { requests: { cpu: '600m', memory: '64Mi' }, limits: { memory: '256Mi' } };
    expectJson(await cluster.admin.post(at(namespace, 'pods'), asking('a', resources)), 201);
    expect(await usedOf(cluster, path)).toEqual({
      pods: '1',
      'requests.cpu': '600m',
      'limits.memory': '256Mi',
    });
    const second = await cluster.admin.post(at(namespace, 'pods'), asking('b', resources));
    expect(expectFailure(second, 403, 'Forbidden').message).toBe(
      'pods "b" is forbidden: exceeded quota: quota, requested: requests.cpu=600m, used: requests.cpu=600m, limited: requests.cpu=1',
    );
  });

  hub.test('counts the pods of its scopes', async (cluster) => {
    const namespace = await cluster.namespace();
    const idle = { name: 'idle', spec: { scopes: ['BestEffort'] } };
    const ending = { name: 'ending', spec: { scopes: ['Terminating'] } };
    const classes = {
      name: 'classes',
      spec: {
        scopeSelector: {
          matchExpressions: [
            { scopeName: 'PriorityClass', operator: 'In', values: ['system-node-critical'] },
          ],
        },
      },
    };
    const paths = await Promise.all(
      [idle, ending, classes].map((one) => quotaOf(cluster, namespace, { pods: '1' }, one)),
    );
    const used = async () =>
      (await Promise.all(paths.map((path) => usedOf(cluster, path)))).map(({ pods }) => pods);
    const resources = { requests: { cpu: '1m' } };
    expectJson(await cluster.admin.post(at(namespace, 'pods'), asking('busy', resources)), 201);
    expect(await used()).toEqual(['0', '0', '0']);
    expectJson(await cluster.admin.post(at(namespace, 'pods'), asking('idle', {})), 201);
    expect(await used()).toEqual(['1', '0', '0']);
    expectFailure(await cluster.admin.post(at(namespace, 'pods'), asking('more', {})), 403, 'Forbidden');
    const deadline = asking('ending', resources, { activeDeadlineSeconds: 60 });
    expectJson(await cluster.admin.post(at(namespace, 'pods'), deadline), 201);
    expect(await used()).toEqual(['1', '1', '0']);
  });

  hub.test('that nobody has counted yet lets nothing pass that it limits', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = await quotaOf(cluster, namespace, { configmaps: '1' });
    const quota = expectJson(await cluster.admin.get(path));
    const status = { hard: quota.status.hard };
    expectJson(await cluster.admin.put(`${path}/status`, { ...quota, status }));
    const answer = await cluster.admin.post(at(namespace, 'configmaps'), configMap('a'));
    expect(expectFailure(answer, 403, 'Forbidden').message).toBe(
      'configmaps "a" is forbidden: status unknown for quota: quota, resources: configmaps',
    );
  });

  hub.test('is not told that less is used than there is', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = await quotaOf(cluster, namespace, { configmaps: '5' });
    expectJson(await cluster.admin.post(at(namespace, 'configmaps'), configMap('a')), 201);
    const quota = expectJson(await cluster.admin.get(path));
    const put = (configmaps: string) =>
      cluster.admin.put(`${path}/status`, { ...quota, status: { ...quota.status, used: { configmaps } } });
    expectFailure(await put('0'), 409, 'Conflict');
    expectJson(await put('3'));
  });

  hub.test('shows what is used in its table', async (cluster) => {
    const namespace = await cluster.namespace();
    await quotaOf(cluster, namespace, { pods: '3', 'limits.cpu': '2' }, { used: { pods: '1' } });
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const table = expectJson(await cluster.admin.get(at(namespace, 'resourcequotas'), { accept }));
    expect(table.columnDefinitions.map(({ name }: Json) => name)).toEqual([
      'Name',
      'Request',
      'Limit',
      'Age',
    ]);
    expect(table.rows[0].cells.slice(0, 3)).toEqual(['quota', 'pods: 1/3', 'limits.cpu: 0/2']);
  });
});

describe('a LimitRange', () => {
  const rangeOf = async (cluster: Cluster, namespace: string, ...limits: Json[]) => {
    const range = { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'limits' }, spec: { limits } };
    expectJson(await cluster.admin.post(at(namespace, 'limitranges'), range), 201);
  };

  hub.test('gives containers what they do not ask for, and says so', async (cluster) => {
    const namespace = await cluster.namespace();
    const item = {
      type: 'Container',
      default: { cpu: '1', memory: '64Mi' },
      defaultRequest: { cpu: '100m' },
    };
    await rangeOf(cluster, namespace, item);
    const pod = expectJson(await cluster.admin.post(at(namespace, 'pods'), shellPod('a', 'true')), 201);
    expect(pod.spec.containers[0].resources).toEqual({
      limits: { cpu: '1', memory: '64Mi' },
      requests: { cpu: '100m', memory: '64Mi' },
    });
    expect(pod.metadata.annotations['kubernetes.io/limit-ranger']).toBe(
      'LimitRanger plugin set: cpu, memory request for container main; cpu, memory limit for container main',
    );
    expect(pod.status.qosClass).toBe('Burstable');
  });

  hub.test('refuses pods that ask for too much, too little or out of proportion', async (cluster) => {
    const namespace = await cluster.namespace();
    await rangeOf(
      cluster,
      namespace,
      {
        type: 'Container',
        min: { cpu: '100m' },
        max: { memory: '64Mi' },
        maxLimitRequestRatio: { cpu: '2' },
      },
      { type: 'Pod', max: { cpu: '500m' } },
    );
    const resources = { requests: { cpu: '200m' }, limits: { cpu: '600m', memory: '128Mi' } };
    const answer = await cluster.admin.post(at(namespace, 'pods'), asking('a', resources));
    expect(expectFailure(answer, 403, 'Forbidden').message).toBe(
      'pods "a" is forbidden: [maximum memory usage per Container is 64Mi, but limit is 128Mi, cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000, maximum cpu usage per Pod is 500m, but limit is 600m]',
    );
    const little = asking('b', { requests: { cpu: '50m' }, limits: { cpu: '100m' } });
    const refused = await cluster.admin.post(at(namespace, 'pods'), little);
    expect(expectFailure(refused, 403, 'Forbidden').message).toBe(
      'pods "b" is forbidden: minimum cpu usage per Container is 100m, but request is 50m',
    );
  });

  hub.test('comes before the quota: what it gives is charged', async (cluster) => {
    const namespace = await cluster.namespace();
    await rangeOf(cluster, namespace, { type: 'Container', default: { cpu: '250m' } });
    const path = await quotaOf(cluster, namespace, { 'limits.cpu': '1' });
    expectJson(await cluster.admin.post(at(namespace, 'pods'), shellPod('a', 'true')), 201);
    expect(await usedOf(cluster, path)).toEqual({ 'limits.cpu': '250m' });
  });
});

describe('a quota of what changes', () => {
  hub.test('counts node ports when a Service becomes one that has them', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = await quotaOf(cluster, namespace, { services: '2', 'services.nodeports': '1' });
    const service = (name: string, type: string, ports: Json[]) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { type, ports, selector: { app: 'a' } },
    });
    const one = [{ name: 'a', port: 80 }];
    const two = [...one, { name: 'b', port: 81 }];
    const made = expectJson(
      await cluster.admin.post(at(namespace, 'services'), service('a', 'ClusterIP', one)),
      201,
    );
    expect(await usedOf(cluster, path)).toEqual({ services: '1', 'services.nodeports': '0' });
    const changed = (ports: Json[]) => ({ ...made, spec: { ...made.spec, type: 'NodePort', ports } });
    const tooMany = await cluster.admin.put(at(namespace, 'services', 'a'), changed(two));
    expect(expectFailure(tooMany, 403, 'Forbidden').message).toBe(
      'services "a" is forbidden: exceeded quota: quota, requested: services.nodeports=2, used: services.nodeports=0, limited: services.nodeports=1',
    );
    expectJson(await cluster.admin.put(at(namespace, 'services', 'a'), changed(one)));
    expect(await usedOf(cluster, path)).toEqual({ services: '1', 'services.nodeports': '1' });
    // Of writers that race, each is charged for what it came to.
    const annotate = (i: number) =>
      cluster.admin.request('PATCH', at(namespace, 'services', 'a'), {
        headers: { 'content-type': 'application/merge-patch+json' },
        body: { metadata: { annotations: { [`a${i}`]: 'x' } } },
      });
    const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => annotate(i)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(await usedOf(cluster, path)).toEqual({ services: '1', 'services.nodeports': '1' });
  });

  hub.test('counts storage of claims, also by class', async (cluster) => {
    const namespace = await cluster.namespace();
    const ofClass = 'gold.storageclass.storage.k8s.io/requests.storage';
    const path = await quotaOf(cluster, namespace, { 'requests.storage': '10Gi', [ofClass]: '2Gi' });
    const claim = (name: string, storage: string, storageClassName?: string) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name },
      spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage } } },
    });
    const post = (body: Json) => cluster.admin.post(at(namespace, 'persistentvolumeclaims'), body);
    expectJson(await post(claim('a', '1500Mi', 'gold')), 201);
    expectFailure(await post(claim('b', '1500Mi', 'gold')), 403, 'Forbidden');
    expectJson(await post(claim('c', '5Gi', 'tin')), 201);
    expect(await usedOf(cluster, path)).toEqual({ 'requests.storage': '6620Mi', [ofClass]: '1500Mi' });
  });

  hub.test('is bounded by a LimitRange claim by claim', async (cluster) => {
    const namespace = await cluster.namespace();
    const limits = [{ type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '2Gi' } }];
    const range = { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'limits' }, spec: { limits } };
    expectJson(await cluster.admin.post(at(namespace, 'limitranges'), range), 201);
    const claim = (storage: string) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'a' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
    });
    const post = (storage: string) =>
      cluster.admin.post(at(namespace, 'persistentvolumeclaims'), claim(storage));
    expect(expectFailure(await post('3Gi'), 403, 'Forbidden').message).toBe(
      'persistentvolumeclaims "a" is forbidden: maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi',
    );
    expect(expectFailure(await post('1Mi'), 403, 'Forbidden').message).toBe(
      'persistentvolumeclaims "a" is forbidden: minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi',
    );
    expectJson(await post('1Gi'), 201);
  });
});
