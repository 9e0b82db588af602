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
          run: 'describe clusterrole system:aggregate-to-view',
          stdout: /^ +configmaps +\[\] +\[\] +\[get list watch\]$/m,
        },
        { run: 'describe clusterrolebinding cluster-admin', stdout: /^ +Group +system:masters/m },
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
