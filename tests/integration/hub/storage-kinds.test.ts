import { describe, expect } from 'bun:test';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson, namesOf } from '../../cluster/expectations.ts';
import type { Json } from '../../cluster/wire-client.ts';

const hub = shareCluster();
const STORAGE = '/apis/storage.k8s.io/v1';
const VOLUMES = '/api/v1/persistentvolumes';
const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
const claimsIn = (namespace: string) => `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;

const volume = (name: string, spec: object = {}): Json => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name },
  spec: {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce', 'ReadOnlyMany'],
    hostPath: { path: '/data' },
    ...spec,
  },
});

const claim = (name: string, spec: object = {}, metadata: object = {}): Json => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, ...metadata },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
});

const storageClass = (name: string, more: object = {}): Json => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name },
  provisioner: 'example.com/disk',
  ...more,
});

/** Of each kind what is sent, what must come back beyond it, and its row in a table. */
const kinds: { name: string; path: string; sent: Json; completed: Json; row: unknown[] }[] = [
  {
    name: 'PersistentVolume',
    path: VOLUMES,
    sent: volume('kind-pv'),
    completed: {
      spec: { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem', hostPath: { type: '' } },
      status: { phase: 'Pending' },
    },
    row: ['kind-pv', '1Gi', 'RWO,ROX', 'Retain', 'Pending', '', '', '<unset>', '', /\d+s/, 'Filesystem'],
  },
  {
    name: 'PersistentVolumeClaim',
    path: claimsIn('default'),
    sent: claim('kind-pvc', { storageClassName: 'none' }),
    completed: { spec: { volumeMode: 'Filesystem' }, status: { phase: 'Pending' } },
    row: ['kind-pvc', 'Pending', '', '', '', 'none', '<unset>', /\d+s/, 'Filesystem'],
  },
  {
    name: 'StorageClass',
    path: `${STORAGE}/storageclasses`,
    sent: storageClass('kind-sc'),
    completed: { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' },
    row: ['kind-sc', 'example.com/disk', 'Delete', 'Immediate', false, /\d+s/],
  },
  {
    name: 'CSIDriver',
    path: `${STORAGE}/csidrivers`,
    sent: { metadata: { name: 'kind.example.com' }, spec: { tokenRequests: [{ audience: 'a' }] } },
    completed: {
      spec: {
        attachRequired: true,
        podInfoOnMount: false,
        storageCapacity: false,
        requiresRepublish: false,
        seLinuxMount: false,
        fsGroupPolicy: 'ReadWriteOnceWithFSType',
        volumeLifecycleModes: ['Persistent'],
      },
    },
    row: ['kind.example.com', true, false, false, 'a', false, 'Persistent', /\d+s/],
  },
  {
    name: 'CSINode',
    path: `${STORAGE}/csinodes`,
    sent: {
      metadata: { name: 'kind-node' },
      spec: { drivers: [{ name: 'kind.example.com', nodeID: 'n', topologyKeys: ['zone'] }] },
    },
    completed: {},
    row: ['kind-node', 1, /\d+s/],
  },
  {
    name: 'CSIStorageCapacity',
    path: `${STORAGE}/namespaces/default/csistoragecapacities`,
    sent: { metadata: { name: 'kind-capacity' }, storageClassName: 'kind-sc', capacity: '1024Mi' },
    completed: { capacity: '1Gi' },
    row: ['kind-capacity', 'kind-sc', '1Gi'],
  },
  {
    name: 'VolumeAttachment',
    path: `${STORAGE}/volumeattachments`,
    sent: {
      metadata: { name: 'kind-attachment' },
      spec: { attacher: 'kind.example.com', nodeName: 'n', source: { persistentVolumeName: 'kind-pv' } },
    },
    completed: { status: { attached: false } },
    row: ['kind-attachment', 'kind.example.com', 'kind-pv', 'n', false, /\d+s/],
  },
  {
    name: 'VolumeAttributesClass',
    path: `${STORAGE}/volumeattributesclasses`,
    sent: { metadata: { name: 'kind-vac' }, driverName: 'kind.example.com', parameters: { iops: '1' } },
    completed: {},
    row: ['kind-vac', 'kind.example.com', /\d+s/],
  },
];

describe('a kind of storage', () => {
  for (const { name, path, sent, completed, row } of kinds)
    hub.test(`${name} is completed, shown in a table, listed and deleted`, async (cluster) => {
      const created = expectJson(await cluster.admin.post(path, sent), 201);
      expect(created).toMatchObject(completed);
      expect(created.metadata.generation).toBeUndefined();
      const at = `${path}/${sent.metadata.name}`;
      expect(expectJson(await cluster.admin.get(at))).toEqual(created);
      const { cells } = expectJson(await cluster.admin.get(at, TABLE)).rows[0];
      expect(cells).toHaveLength(row.length);
      for (const [i, cell] of row.entries())
        if (cell instanceof RegExp) expect(cells[i]).toMatch(cell);
        else expect(cells[i]).toBe(cell);
      expect(namesOf(expectJson(await cluster.admin.get(path)))).toContain(sent.metadata.name);
      const deleted = expectJson(await cluster.admin.delete(at));
      expect(deleted.metadata.uid).toBe(created.metadata.uid);
    });
});

/** What is refused, and the fields that are at fault. */
const refused: { what: string; path: string; sent: Json; fields: string[]; says?: string }[] = [
  {
    what: 'a volume without anything',
    path: VOLUMES,
    sent: { metadata: { name: 'bad' } },
    fields: ['spec.accessModes', 'spec.capacity', 'spec.capacity', 'spec'],
    says: 'spec: Required value: must specify a volume type',
  },
  {
    what: 'a volume from two sources',
    path: VOLUMES,
    sent: volume('bad', { nfs: { server: 's', path: '/' } }),
    fields: ['spec.nfs'],
    says: 'may not specify more than 1 volume type',
  },
  {
    what: 'a volume without size',
    path: VOLUMES,
    sent: volume('bad', { capacity: { storage: '0' } }),
    fields: ['spec.capacity[storage]'],
    says: 'spec.capacity[storage]: Invalid value: "0": must be greater than zero',
  },
  {
    what: 'a volume with an access mode that is none',
    path: VOLUMES,
    sent: volume('bad', { accessModes: ['ReadSometimes'] }),
    fields: ['spec.accessModes'],
    says: 'spec.accessModes: Unsupported value: "ReadSometimes": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
  },
  {
    what: 'a volume for one pod and for many',
    path: VOLUMES,
    sent: volume('bad', { accessModes: ['ReadWriteOncePod', 'ReadOnlyMany'] }),
    fields: ['spec.accessModes'],
    says: 'may not use ReadWriteOncePod with other access modes',
  },
  {
    what: 'a local disk without a node',
    path: VOLUMES,
    sent: volume('bad', { hostPath: undefined, local: { path: '/disk' } }),
    fields: ['spec.nodeAffinity'],
    says: 'spec.nodeAffinity: Required value: Local volume requires node affinity',
  },
  {
    what: 'a path that steps out',
    path: VOLUMES,
    sent: volume('bad', { hostPath: { path: '/a/../b' } }),
    fields: ['spec.hostPath.path'],
  },
  {
    what: "a recycled node's root",
    path: VOLUMES,
    sent: volume('bad', { hostPath: { path: '/' }, persistentVolumeReclaimPolicy: 'Recycle' }),
    fields: ['spec.persistentVolumeReclaimPolicy'],
  },
  {
    what: 'a claim without anything',
    path: claimsIn('default'),
    sent: { metadata: { name: 'bad' } },
    fields: ['spec.accessModes', 'spec.resources[storage]'],
    says: 'spec.accessModes: Required value: at least 1 access mode is required',
  },
  {
    what: 'a claim filled from something of no group',
    path: claimsIn('default'),
    sent: claim('bad', { dataSourceRef: { kind: 'Thing', name: 'x' } }),
    fields: ['spec.dataSource', 'spec.dataSourceRef'],
  },
  {
    what: 'a class without a provisioner',
    path: `${STORAGE}/storageclasses`,
    sent: storageClass('bad', { provisioner: '' }),
    fields: ['provisioner'],
  },
  {
    what: 'a class that recycles',
    path: `${STORAGE}/storageclasses`,
    sent: storageClass('bad', { reclaimPolicy: 'Recycle' }),
    fields: ['reclaimPolicy'],
    says: 'supported values: "Delete", "Retain"',
  },
  {
    what: 'a class with the same zone twice',
    path: `${STORAGE}/storageclasses`,
    sent: storageClass('bad', {
      allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: ['a', 'a'] }] }],
    }),
    fields: ['allowedTopologies[0].matchLabelExpressions[0].values[1]'],
  },
  {
    what: 'a driver with the same audience twice',
    path: `${STORAGE}/csidrivers`,
    sent: { metadata: { name: 'bad' }, spec: { tokenRequests: [{ audience: '' }, { audience: '' }] } },
    fields: ['spec.tokenRequests[1].audience'],
  },
  {
    what: 'a driver with tokens that hardly last',
    path: `${STORAGE}/csidrivers`,
    sent: {
      metadata: { name: 'bad' },
      spec: { tokenRequests: [{ audience: 'a', expirationSeconds: 599 }] },
    },
    fields: ['spec.tokenRequests[0].expirationSeconds'],
  },
  {
    what: 'a node with the same driver twice',
    path: `${STORAGE}/csinodes`,
    sent: {
      metadata: { name: 'bad' },
      spec: { drivers: ['d', 'd'].map((name) => ({ name, nodeID: 'n', topologyKeys: null })) },
    },
    fields: ['spec.drivers[1].name'],
  },
  {
    what: 'an attachment of nothing',
    path: `${STORAGE}/volumeattachments`,
    sent: { metadata: { name: 'bad' }, spec: { attacher: 'a', nodeName: 'n', source: {} } },
    fields: ['spec.source'],
    says: 'must specify exactly one of inlineVolumeSpec and persistentVolumeName',
  },
  {
    what: 'an attachment of a pod volume that is no CSI one',
    path: `${STORAGE}/volumeattachments`,
    sent: {
      metadata: { name: 'bad' },
      spec: { attacher: 'a', nodeName: 'n', source: { inlineVolumeSpec: volume('x').spec } },
    },
    fields: ['spec.source.inlineVolumeSpec.capacity', 'spec.source.inlineVolumeSpec.csi'],
  },
  {
    what: 'a class of no attributes',
    path: `${STORAGE}/volumeattributesclasses`,
    sent: { metadata: { name: 'bad' }, driverName: 'd' },
    fields: ['parameters'],
    says: 'must contain at least one key/value pair',
  },
];

describe('refused is', () => {
  for (const { what, path, sent, fields, says = '' } of refused)
    hub.test(what, async (cluster) => {
      const status = expectFailure(await cluster.admin.post(path, sent), 422, 'Invalid');
      expect(status.details.causes.map(({ field }: Json) => field).sort()).toEqual([...fields].sort());
      expect(status.message).toContain(says);
    });
});

describe('what cannot be changed', () => {
  const frozen: { what: string; path: string; sent: Json; change: Json; fields: string[] }[] = [
    {
      what: 'where a volume is',
      path: VOLUMES,
      sent: volume('frozen-pv'),
      change: { spec: { hostPath: { path: '/other' } } },
      fields: ['spec.persistentvolumesource'],
    },
    {
      what: 'what was claimed',
      path: claimsIn('default'),
      sent: claim('frozen-pvc', { storageClassName: 'a' }),
      change: { spec: { storageClassName: 'b' } },
      fields: ['spec'],
    },
    {
      what: 'who provides a class',
      path: `${STORAGE}/storageclasses`,
      sent: storageClass('frozen-sc'),
      change: { provisioner: 'x', parameters: { a: 'b' }, volumeBindingMode: 'WaitForFirstConsumer' },
      fields: ['parameters', 'provisioner', 'volumeBindingMode'],
    },
    {
      what: 'how a driver attaches',
      path: `${STORAGE}/csidrivers`,
      sent: { metadata: { name: 'frozen' }, spec: {} },
      change: { spec: { attachRequired: false } },
      fields: ['spec.attachedRequired'],
    },
    {
      what: 'how a driver calls a node',
      path: `${STORAGE}/csinodes`,
      sent: { metadata: { name: 'frozen' }, spec: { drivers: [{ name: 'd', nodeID: 'n' }] } },
      change: { spec: { drivers: [{ name: 'd', nodeID: 'm' }] } },
      fields: ['spec.drivers'],
    },
    {
      what: 'what is attached',
      path: `${STORAGE}/volumeattachments`,
      sent: {
        metadata: { name: 'frozen' },
        spec: { attacher: 'a', nodeName: 'n', source: { persistentVolumeName: 'v' } },
      },
      change: { spec: { nodeName: 'm' } },
      fields: ['spec'],
    },
  ];
  for (const { what, path, sent, change, fields } of frozen)
    hub.test(what, async (cluster) => {
      expectJson(await cluster.admin.post(path, sent), 201);
      const answer = await cluster.admin.patch(`${path}/${sent.metadata.name}`, 'merge', change);
      const status = expectFailure(answer, 422, 'Invalid');
      expect(status.details.causes.map(({ field }: Json) => field).sort()).toEqual(fields);
    });

  hub.test('but how many volumes a node takes, and when a driver is called, may change', async (cluster) => {
    const nodes = `${STORAGE}/csinodes`;
    const drivers = (count: number) => [{ name: 'd', nodeID: 'n', allocatable: { count } }];
    expectJson(
      await cluster.admin.post(nodes, { metadata: { name: 'free' }, spec: { drivers: drivers(1) } }),
      201,
    );
    const patched = await cluster.admin.patch(`${nodes}/free`, 'merge', { spec: { drivers: drivers(2) } });
    expect(expectJson(patched).spec.drivers).toEqual(drivers(2));
    const at = `${STORAGE}/csidrivers`;
    expectJson(await cluster.admin.post(at, { metadata: { name: 'free' }, spec: {} }), 201);
    const driver = await cluster.admin.patch(`${at}/free`, 'merge', { spec: { requiresRepublish: true } });
    expect(expectJson(driver).metadata.generation).toBe(1);
  });
});

describe('the status of a volume', () => {
  hub.test('is its own, and tells when the phase changed', async (cluster) => {
    const created = expectJson(await cluster.admin.post(VOLUMES, volume('phased')), 201);
    const at = `${VOLUMES}/phased`;
    const spec = await cluster.admin.patch(at, 'merge', { status: { phase: 'Bound' } });
    expect(expectJson(spec).status.phase).toBe('Pending');
    const status = await cluster.admin.patch(`${at}/status`, 'merge', { status: { phase: 'Available' } });
    expect(expectJson(status).status.phase).toBe('Available');
    expect(expectJson(status).status.lastPhaseTransitionTime >= created.metadata.creationTimestamp).toBe(
      true,
    );
  });
});

describe('the status of an attachment', () => {
  hub.test('is its own, and holds no books', async (cluster) => {
    const attachments = `${STORAGE}/volumeattachments`;
    const sent = {
      metadata: { name: 'told' },
      spec: { attacher: 'a', nodeName: 'n', source: { persistentVolumeName: 'v' } },
      status: { attached: true },
    };
    const created = expectJson(await cluster.admin.post(attachments, sent), 201);
    expect(created.status).toEqual({ attached: false });
    const tell = (status: object) => cluster.admin.patch(`${attachments}/told/status`, 'merge', { status });
    const status = expectFailure(
      await tell({ attachError: { message: 'x'.repeat(1025), errorCode: -1 } }),
      422,
      'Invalid',
    );
    expect(status.details.causes.map(({ field }: Json) => field)).toEqual([
      'status.attachError.message',
      'status.attachError.errorCode',
    ]);
    expect(expectJson(await tell({ attached: true })).status.attached).toBe(true);
  });
});

describe('a claim', () => {
  const MARK = { 'storageclass.kubernetes.io/is-default-class': 'true' };

  hub.test('that names no class gets the default one; the empty class is none', async (cluster) => {
    const namespace = await cluster.namespace();
    const classOf = async (name: string, spec: object = {}, metadata: object = {}) =>
      expectJson(await cluster.admin.post(claimsIn(namespace), claim(name, spec, metadata)), 201).spec
        .storageClassName;
    expect(await classOf('before')).toBeUndefined();
    const classes = `${STORAGE}/storageclasses`;
    const marked = { ...storageClass('usual'), metadata: { name: 'usual', annotations: MARK } };
    expectJson(await cluster.admin.post(classes, marked), 201);
    const table = expectJson(await cluster.admin.get(`${classes}/usual`, TABLE));
    expect(table.rows[0].cells[0]).toBe('usual (default)');
    expect(await classOf('after')).toBe('usual');
    expect(await classOf('none', { storageClassName: '' })).toBe('');
    expect(await classOf('other', { storageClassName: 'other' })).toBe('other');
    const annotated = { annotations: { 'volume.beta.kubernetes.io/storage-class': 'old' } };
    expect(await classOf('old', {}, annotated)).toBeUndefined();
    expectJson(await cluster.admin.delete(`${classes}/usual`));
    // A claim that came before its class may still get one.
    const late = { spec: { storageClassName: 'usual' } };
    expectJson(await cluster.admin.patch(`${claimsIn(namespace)}/before`, 'merge', late));
  });

  hub.test('grows when it is bound and its class lets it, and never shrinks', async (cluster) => {
    const namespace = await cluster.namespace();
    const grows = storageClass('grows', { allowVolumeExpansion: true });
    expectJson(await cluster.admin.post(`${STORAGE}/storageclasses`, grows), 201);
    const at = `${claimsIn(namespace)}/a`;
    const resize = (storage: string) =>
      cluster.admin.patch(at, 'merge', { spec: { resources: { requests: { storage } } } });
    const bind = { status: { phase: 'Bound', capacity: { storage: '1Gi' } } };
    expectJson(await cluster.admin.post(claimsIn(namespace), claim('a', { storageClassName: 'grows' })), 201);
    expectFailure(await resize('2Gi'), 422, 'Invalid');
    expectJson(await cluster.admin.patch(`${at}/status`, 'merge', bind));
    expect(expectJson(await resize('2Gi')).spec.resources.requests.storage).toBe('2Gi');
    const smaller = expectFailure(await resize('1Gi'), 422, 'Invalid');
    expect(smaller.message).toContain(
      'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
    );
    expectJson(await cluster.admin.delete(`${STORAGE}/storageclasses/grows`));
    const stuck = expectFailure(await resize('3Gi'), 403, 'Forbidden');
    expect(stuck.message).toContain('only dynamically provisioned pvc can be resized');
  });

  hub.test('says in both ways what it is filled from', async (cluster) => {
    const namespace = await cluster.namespace();
    const source = { kind: 'PersistentVolumeClaim', name: 'other' };
    const post = async (name: string, spec: object) =>
      expectJson(await cluster.admin.post(claimsIn(namespace), claim(name, spec)), 201).spec;
    expect(await post('a', { dataSource: source })).toMatchObject({ dataSourceRef: source });
    expect(await post('b', { dataSourceRef: source })).toMatchObject({ dataSource: source });
    const foreign = { apiGroup: 'example.com', kind: 'Thing', name: 'x' };
    expect((await post('c', { dataSource: foreign })).dataSource).toBeUndefined();
  });
});

describe('componentstatuses', () => {
  hub.test('tell of the store, with a warning that they are deprecated', async (cluster) => {
    const answer = await cluster.admin.get('/api/v1/componentstatuses');
    expect(namesOf(expectJson(answer))).toEqual(['etcd-0']);
    expect(answer.warnings.join()).toContain('v1 ComponentStatus is deprecated in v1.19+');
    const one = expectJson(await cluster.admin.get('/api/v1/componentstatuses/etcd-0', TABLE));
    expect(one.rows[0].cells).toEqual(['etcd-0', 'Healthy', 'ok', '']);
    expectFailure(await cluster.admin.get('/api/v1/componentstatuses/scheduler'), 404, 'NotFound');
    expectFailure(await cluster.admin.delete('/api/v1/componentstatuses/etcd-0'), 405, 'MethodNotAllowed');
  });
});
