import { configMap, shellPod } from '../../cluster/objects.ts';
import type { ScenarioGroup } from '../scenario.ts';

const rbac = (kind: string, name: string, rest: object) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind,
  metadata: { name },
  ...rest,
});

/** `kubectl describe` of every kind that it knows. */
export const describeGroup: ScenarioGroup = {
  title: 'describe',
  scenarios: [
    {
      name: 'describe pod',
      given: [shellPod('a', 'exec sleep 3600', { container: { env: [{ name: 'A', value: '1' }] } })],
      steps: [
        { run: 'wait pod/a --for=condition=Ready --timeout=20s' },
        {
          run: 'describe pod a',
          stdout:
            /^Name: +a\nNamespace: +{ns}\n[\s\S]*^Node: +node-1\/127\.0\.1\.1\n[\s\S]*^Status: +Running\n[\s\S]*^ +A: +1\n[\s\S]*^QoS Class: +BestEffort\n[\s\S]*^Events:[\s\S]*Scheduled/m,
          eventually: true,
        },
      ],
    },
    {
      name: 'describe node',
      steps: [
        {
          run: 'describe node node-1',
          stdout:
            /^Name: +node-1\n[\s\S]*^ +Ready +True +[\s\S]*^ +InternalIP: +127\.0\.1\.1\n[\s\S]*^PodCIDR: +10\.244\.0\.0\/24\n/m,
        },
      ],
    },
    {
      name: 'describe configmap, secret',
      given: [
        configMap('a', { k: 'v' }),
        { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { k: 'v' } },
      ],
      steps: [
        { run: 'describe configmap a', stdout: /^Name: +a\n[\s\S]*^k:\n----\nv\n/m },
        { run: 'describe secret s', stdout: /^Type: +Opaque\n[\s\S]*^k: +1 bytes?\n/m },
      ],
    },
    {
      name: 'describe namespace, serviceaccount',
      steps: [
        { run: 'describe namespace {ns}', stdout: /^Name: +{ns}\n[\s\S]*^Status: +Active\n/m },
        {
          run: 'describe serviceaccount default',
          stdout: /^Name: +default\n[\s\S]*^Image pull secrets: +<none>\n/m,
        },
      ],
    },
    {
      name: 'describe role, rolebinding, clusterrole, clusterrolebinding',
      given: [
        rbac('Role', 'r', { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }] }),
        rbac('RoleBinding', 'b', {
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' },
          subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'jane' }],
        }),
      ],
      steps: [
        { run: 'describe role r', stdout: /^ +pods +\[\] +\[\] +\[get list\]$/m },
        { run: 'describe rolebinding b', stdout: /^ +Kind: +Role\n +Name: +r\n[\s\S]*^ +User +jane/m },
        {
          run: 'describe clusterrole view',
          stdout: /^ +configmaps +\[\] +\[\] +\[get list watch\]$/m,
        },
        { run: 'describe clusterrolebinding cluster-admin', stdout: /^ +Group +system:masters/m },
      ],
    },
    {
      name: 'describe service, endpoints, endpointslice',
      given: [
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 's' },
          spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
        },
      ],
      steps: [
        {
          run: 'describe service s',
          // Clients before 1.33 ask for Endpoints.
          stderr:
            /^(Warning: v1 Endpoints is deprecated in v1\.33\+; use discovery\.k8s\.io\/v1 EndpointSlice\n)?$/,
          stdout:
            /^Selector: +app=web\n[\s\S]*^Type: +ClusterIP\n[\s\S]*^IPs?: +10\.96\.[\s\S]*^TargetPort: +8080\/TCP\n[\s\S]*^Session Affinity: +None\n/m,
        },
        { run: 'describe endpoints s', stdout: /^Name: +s\n/, stderr: /.*/, eventually: true },
        {
          run: 'describe endpointslice -l kubernetes.io/service-name=s',
          stdout: /^AddressType: +IPv4\n/m,
          eventually: true,
        },
      ],
    },
    {
      name: 'describe quota, limitrange, pdb',
      given: [
        {
          apiVersion: 'v1',
          kind: 'ResourceQuota',
          metadata: { name: 'q' },
          spec: { hard: { pods: '3' } },
        },
        {
          apiVersion: 'v1',
          kind: 'LimitRange',
          metadata: { name: 'l' },
          spec: { limits: [{ type: 'Container', default: { cpu: '1' }, max: { cpu: '2' } }] },
        },
        {
          apiVersion: 'policy/v1',
          kind: 'PodDisruptionBudget',
          metadata: { name: 'b' },
          spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
        },
      ],
      steps: [
        { run: 'describe quota q', stdout: /^pods +0 +3$/m, eventually: true },
        { run: 'describe limitrange l', stdout: /^Container +cpu +- +2 +1 +1 +-$/m },
        { run: 'describe pdb b', stdout: /^Min available: +1\nSelector: +app=web\nStatus:\n/m },
      ],
    },
    {
      name: 'describe pv, pvc, storageclass, priorityclass',
      given: [
        {
          apiVersion: 'storage.k8s.io/v1',
          kind: 'StorageClass',
          metadata: { name: 'c-{id}' },
          provisioner: 'example.org/none',
        },
        {
          apiVersion: 'v1',
          kind: 'PersistentVolume',
          metadata: { name: 'v-{id}' },
          spec: {
            capacity: { storage: '1Gi' },
            accessModes: ['ReadWriteOnce'],
            hostPath: { path: '/tmp' },
            storageClassName: 'c-{id}',
          },
        },
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: 'c' },
          spec: {
            accessModes: ['ReadWriteOnce'],
            storageClassName: 'c-{id}',
            resources: { requests: { storage: '1Gi' } },
          },
        },
      ],
      steps: [
        { run: "wait pvc/c --for=jsonpath='{.status.phase}'=Bound --timeout=20s" },
        { run: 'get pvc c', stdout: /^c +Bound +v-{id} +1Gi +RWO +c-{id} +/m },
        { run: 'get pv v-{id}', stdout: /^v-{id} +1Gi +RWO +Retain +Bound +{ns}\/c +c-{id} +/m },
        { run: 'describe pv v-{id}', stdout: /^Claim: +{ns}\/c\n[\s\S]*^ +Type: +HostPath/m },
        { run: 'describe pvc c', stdout: /^Status: +Bound\nVolume: +v-{id}\n/m },
        { run: 'describe storageclass c-{id}', stdout: /^Provisioner: +example\.org\/none\n/m },
        { run: 'describe priorityclass system-node-critical', stdout: /^Value: +2000001000\n/m },
        { run: 'delete pvc c' },
        { run: 'delete pv/v-{id} storageclass/c-{id}' },
      ],
    },
    {
      name: 'describe deployment, replicaset, job, cronjob',
      steps: [
        { run: 'create deployment d --image=host -- sleep 3600' },
        { run: "create cronjob c --image=host --schedule='0 0 1 1 *' -- true" },
        { run: 'create job j --from=cronjob/c' },
        {
          run: 'describe deployment d',
          stdout: /^NewReplicaSet: +d-\S+ \(1\/1 replicas created\)\n/m,
          eventually: true,
        },
        { run: 'describe rs -l app=d', stdout: /^Controlled By: +Deployment\/d\n/m },
        { run: 'describe job j', stdout: /^Parallelism: +1\nCompletions: +1\n/m },
        { run: 'describe cronjob c', stdout: /^Schedule: +0 0 1 1 \*\n/m },
      ],
    },
    {
      name: 'describe networkpolicy, ingressclass',
      given: [
        {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'NetworkPolicy',
          metadata: { name: 'n' },
          spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'], ingress: [{}] },
        },
        {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'IngressClass',
          metadata: { name: 'c-{id}' },
          spec: { controller: 'example.org/none' },
        },
      ],
      steps: [
        {
          run: 'describe networkpolicy n',
          stdout: /^ +PodSelector: +app=web\n[\s\S]*^ +Policy Types: Ingress\n/m,
        },
        { run: 'describe ingressclass c-{id}', stdout: /^Controller: +example\.org\/none\n/m },
        { run: 'delete ingressclass c-{id}' },
      ],
    },
    {
      name: 'describe csr, lease',
      steps: [
        { run: 'describe csr', stdout: /^Name: +\S+\n[\s\S]*^Status: +Approved,Issued\n/m },
        { run: 'describe lease node-1 -n kube-node-lease', stdout: /^ +Holder Identity: +node-1$/m },
      ],
    },
    {
      name: 'describe -l, of a prefix, of nobody',
      given: [configMap('web-1', {}, { labels: { app: 'web' } }), configMap('web-2')],
      steps: [
        { run: 'describe configmap -l app=web', stdout: /^Name: +web-1$/m },
        { run: 'describe configmap web', stdout: /^Name: +web-1\n[\s\S]*^Name: +web-2\n/m },
        {
          run: 'describe configmap nobody',
          exitCode: 1,
          stderr: 'Error from server (NotFound): configmaps "nobody" not found\n',
        },
      ],
    },
  ],
};
