import { expect } from 'bun:test';
import { type AnyKind, allKinds } from '@hawser/api';
import { createCertificateRequest, generateKeyPair } from '@hawser/pki';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectJson } from '../../cluster/expectations.ts';
import { podTemplate } from '../../cluster/workloads.ts';

const hub = shareCluster();
const APPLY = 'application/apply-patch+yaml';

const template = podTemplate('a');
const selector = { matchLabels: { app: 'a' } };
const run = { ...template.spec, restartPolicy: 'Never' };
const storage = {
  resources: { requests: { storage: '1Gi' } },
  accessModes: ['ReadWriteOnce'],
  volumeMode: 'Filesystem',
};
const CLAIM = { apiVersion: 'v1', kind: 'PersistentVolumeClaim' };
const request = createCertificateRequest({ keyPair: generateKeyPair(), subject: { commonName: 'a' } });
const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'a' }];
const roleRef = (kind: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name: 'a' });
const cpu = { cpu: '2000m' };
const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
const at = '2026-01-01T00:00:00.000000Z';

/** The least of each kind that is worth applying, with quantities and lists as people write them. */
const configs: Readonly<Record<string, object>> = {
  ConfigMap: { data: { a: '1' }, binaryData: { b: 'YQ==' } },
  Secret: { type: 'Opaque', data: { a: 'YQ==' } },
  ServiceAccount: { automountServiceAccountToken: false },
  Namespace: {},
  Node: { spec: { unschedulable: true } },
  Pod: { spec: { ...run, tolerations: [{ operator: 'Exists' }] } },
  PodTemplate: { template },
  Service: {
    spec: {
      selector: { app: 'a' },
      ports: [
        { port: 80, name: 'h' },
        { port: 53, protocol: 'UDP', name: 'd' },
      ],
    },
  },
  Endpoints: { subsets: [{ addresses: [{ ip: '10.1.1.1' }], ports: [{ port: 80 }] }] },
  EndpointSlice: { addressType: 'IPv4', endpoints: [{ addresses: ['10.1.1.1'] }], ports: [{ port: 80 }] },
  PersistentVolume: {
    spec: { capacity: { storage: '1024Mi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/a' } },
  },
  PersistentVolumeClaim: { spec: storage },
  ResourceQuota: { spec: { hard: { pods: 5, 'requests.cpu': '1000m' } } },
  // In an atomic list only what the table fills in may be left out: the rest two managers would quarrel over.
  LimitRange: {
    spec: { limits: [{ type: 'Container', max: cpu, default: cpu, defaultRequest: cpu }] },
  },
  ReplicationController: { spec: { selector: { app: 'a' }, template } },
  Deployment: { spec: { selector, template } },
  ReplicaSet: { spec: { selector, template } },
  DaemonSet: { spec: { selector, template } },
  StatefulSet: {
    spec: {
      serviceName: 'a',
      selector,
      template,
      volumeClaimTemplates: [
        { ...CLAIM, metadata: { name: 'v' }, spec: storage, status: { phase: 'Pending' } },
      ],
    },
  },
  ControllerRevision: { revision: 1, data: { a: { b: 1 } } },
  Job: { spec: { template: { spec: run } } },
  CronJob: { spec: { schedule: '* * * * *', jobTemplate: { spec: { template: { spec: run } } } } },
  Ingress: { spec: { defaultBackend: { service: { name: 'a', port: { number: 80 } } } } },
  IngressClass: { spec: { controller: 'example.com/a' } },
  NetworkPolicy: { spec: { podSelector: {}, ingress: [{ from: [{ podSelector: selector }] }] } },
  PodDisruptionBudget: { spec: { minAvailable: '50%', selector } },
  PriorityClass: { value: 7 },
  RuntimeClass: { handler: 'a' },
  StorageClass: { provisioner: 'example.com/a', parameters: { a: 'b' } },
  VolumeAttributesClass: { driverName: 'example.com', parameters: { a: 'b' } },
  VolumeAttachment: { spec: { attacher: 'a', nodeName: 'n', source: { persistentVolumeName: 'v' } } },
  CSIDriver: { spec: { attachRequired: false } },
  CSINode: { spec: { drivers: [{ name: 'a', nodeID: 'n' }] } },
  CSIStorageCapacity: { storageClassName: 'a', capacity: '1Gi' },
  Role: { rules },
  ClusterRole: { rules },
  RoleBinding: { subjects, roleRef: roleRef('Role') },
  ClusterRoleBinding: { subjects, roleRef: roleRef('ClusterRole') },
  Lease: { spec: { holderIdentity: 'a', leaseDurationSeconds: 15, renewTime: at } },
  CertificateSigningRequest: {
    spec: {
      request: Buffer.from(request).toString('base64'),
      signerName: 'example.com/none',
      usages: ['client auth'],
    },
  },
  'events.k8s.io/v1 Event': {
    regarding: { kind: 'Pod', name: 'a', namespace: 'NAMESPACE' },
    eventTime: at,
    reportingController: 'example.com/a',
    reportingInstance: 'a',
    action: 'A',
    reason: 'R',
    type: 'Normal',
  },
  'v1 Event': {
    involvedObject: { kind: 'Pod', name: 'a', namespace: 'NAMESPACE' },
    reason: 'R',
    type: 'Normal',
  },
};

const applied = allKinds.filter(({ verbs }: AnyKind) => verbs.includes('patch') && verbs.includes('create'));
const keyOf = ({ apiVersion, kind }: AnyKind) =>
  `${apiVersion} ${kind}` in configs ? `${apiVersion} ${kind}` : kind;

for (const kind of applied)
  hub.test(`a ${kind.kind} of ${kind.apiVersion} is applied, as often as anyone wants`, async (cluster) => {
    const config = configs[keyOf(kind)];
    if (config === undefined) throw new Error(`no configuration of a ${kind.kind} to apply`);
    const namespace = await cluster.namespace();
    const root = kind.group === '' ? '/api/v1' : `/apis/${kind.apiVersion}`;
    const path = `${root}${kind.namespaced ? `/namespaces/${namespace}` : ''}/${kind.plural}`;
    const name = kind.namespaced ? 'a' : `a-${namespace}`;
    const object = (labels: object) => ({
      apiVersion: kind.apiVersion,
      kind: kind.kind,
      metadata: { name, labels },
      // An event is of the namespace of what it speaks of.
      ...(JSON.parse(JSON.stringify(config).replaceAll('NAMESPACE', namespace)) as object),
    });
    const apply = (manager: string, labels: object, code = 200) =>
      cluster.admin
        .patch(`${path}/${name}?fieldManager=${manager}`, APPLY, object(labels))
        .then((answer) => expectJson(answer, code));
    const first = await apply('one', { a: 'x' }, 201);
    expect(await apply('one', { a: 'x' })).toEqual(first);
    expect((await apply('two', { a: 'x', b: 'y' })).metadata.labels).toEqual({
      ...first.metadata.labels,
      b: 'y',
    });
    const last = await apply('two', {});
    expect({ ...last, metadata: {} }).toEqual({ ...first, metadata: {} });
    expect(last.metadata.labels).toEqual(first.metadata.labels);
  });
