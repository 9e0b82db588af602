import { shellPod } from '../../cluster/objects.ts';
import type { ScenarioGroup } from '../scenario.ts';

const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+\n?$/;

const certificateSigningRequest = {
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  metadata: { name: '{id}' },
  spec: {
    request: '{csr}',
    signerName: 'kubernetes.io/kube-apiserver-client',
    usages: ['client auth'],
    expirationSeconds: 3600,
  },
};

/** Who one is, and what one may. */
export const authGroup: ScenarioGroup = {
  title: 'auth, create token, certificate',
  scenarios: [
    {
      name: 'create token',
      steps: [
        { run: 'create token default', stdout: TOKEN },
        {
          run: 'create token nobody',
          exitCode: 1,
          stderr: 'error: failed to create token: serviceaccounts "nobody" not found\n',
        },
      ],
    },
    {
      name: 'create token --duration --audience',
      steps: [
        {
          run: "create token default --duration=20m --audience=a --audience=b -o 'jsonpath={.spec.expirationSeconds} {.spec.audiences}'",
          stdout: '1200 ["a","b"]',
        },
        {
          run: 'create token default --duration=1m',
          exitCode: 1,
          stderr:
            /spec\.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes/,
        },
      ],
    },
    {
      name: 'create token --bound-object-kind=Pod',
      given: [shellPod('a', 'exec sleep 3600')],
      steps: [
        {
          run: 'create token default --bound-object-kind=Pod --bound-object-name=a',
          stdout: TOKEN,
        },
        {
          run: 'create token default --bound-object-kind=Pod --bound-object-name=nobody',
          exitCode: 1,
          stderr: /pods "nobody" not found/,
        },
      ],
    },
    {
      name: 'create token --bound-object-kind=Node',
      lacks: {
        '1.27': { help: 'create token', absent: 'Node' },
        '1.30': { help: 'create token', absent: 'Node' },
      },
      steps: [
        { run: 'create token default --bound-object-kind=Node --bound-object-name=node-1', stdout: TOKEN },
      ],
    },
    {
      name: 'auth can-i VERB KIND',
      steps: [
        { run: 'auth can-i create pods', stdout: 'yes\n' },
        { run: 'auth can-i get nodes', stdout: 'yes\n', stderr: /not namespace scoped|^$/ },
        { run: 'auth can-i list pods --as=jane-{id}', stdout: 'no\n', exitCode: 1 },
      ],
    },
    {
      name: 'auth can-i --as --as-group --subresource, of a name, of a path',
      steps: [
        { run: 'auth can-i get pods --subresource=log', stdout: 'yes\n' },
        { run: 'auth can-i get pods/a --as=jane --as-group=system:masters', stdout: 'yes\n' },
        { run: 'auth can-i get /healthz --as=jane', stdout: 'yes\n' },
        { run: 'auth can-i get /metrics --as=jane', stdout: 'no\n', exitCode: 1 },
        { run: 'auth can-i delete pods --quiet --as=jane', stdout: '', exitCode: 1 },
      ],
    },
    {
      name: 'auth can-i --list',
      steps: [
        {
          run: 'auth can-i --list',
          stdout: /^\*\.\* +\[\] +\[\] +\[\*\]$/m,
        },
        {
          run: 'auth can-i --list --as=system:serviceaccount:{ns}:default',
          stdout: /^selfsubjectaccessreviews\.authorization\.k8s\.io +\[\] +\[\] +\[create\]$/m,
        },
      ],
    },
    {
      name: 'auth whoami',
      refused: {
        '1.27': 'it asks for v1alpha1 and v1beta1 of SelfSubjectReview, which upstream 1.36 does not serve',
      },
      steps: [
        {
          run: 'auth whoami',
          stdout:
            /^ATTRIBUTE +VALUE\nUsername +kubernetes-admin\n(UID .*\n)?Groups +\[.*system:authenticated\]\n/m,
          by: {
            '1.27': {
              exitCode: 1,
              stdout: '',
              stderr:
                /the selfsubjectreviews API is not enabled in the cluster|the server could not find the requested resource/,
            },
          },
        },
        {
          run: "auth whoami -o 'jsonpath={.status.userInfo.username}' --as=jane",
          stdout: 'jane',
          by: { '1.27': { exitCode: 1, stdout: '' } },
        },
      ],
    },
    {
      name: 'auth reconcile -f',
      files: {
        'rbac.yaml': [
          {
            apiVersion: 'rbac.authorization.k8s.io/v1',
            kind: 'Role',
            metadata: { name: 'r', namespace: '{ns}' },
            rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
          },
          {
            apiVersion: 'rbac.authorization.k8s.io/v1',
            kind: 'RoleBinding',
            metadata: { name: 'b', namespace: '{ns}' },
            roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' },
            subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'jane' }],
          },
        ],
        'more.yaml': {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'Role',
          metadata: { name: 'r', namespace: '{ns}' },
          rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }],
        },
      },
      steps: [
        {
          run: 'auth reconcile -f rbac.yaml',
          stdout:
            'role.rbac.authorization.k8s.io/r reconciled\nrolebinding.rbac.authorization.k8s.io/b reconciled\n',
          stderr: /missing rules added/,
        },
        {
          run: 'auth reconcile -f more.yaml',
          stdout: /^role\.rbac\.authorization\.k8s\.io\/r reconciled\n/,
          stderr: /reconciliation required update/,
          state: {
            '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles/r': {
              rules: [
                { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
                { apiGroups: [''], resources: ['configmaps'], verbs: ['list'] },
              ],
            },
          },
        },
      ],
    },
    {
      name: 'certificate approve',
      given: [certificateSigningRequest],
      steps: [
        { run: 'get csr {id}', stdout: /^{id} .* Pending$/m },
        {
          run: 'certificate approve {id}',
          stdout: 'certificatesigningrequest.certificates.k8s.io/{id} approved\n',
        },
        { run: 'get csr {id}', stdout: /^{id} .* Approved,Issued$/m, eventually: true },
        {
          run: 'certificate approve {id}',
          stdout: /approved/,
        },
        {
          run: 'certificate deny {id}',
          exitCode: 1,
          stderr: 'error: certificate signing request "{id}" is already Approved\n',
        },
        { run: 'certificate approve nobody', exitCode: 1, stderr: /"nobody" not found/ },
      ],
    },
    {
      name: 'certificate deny',
      given: [certificateSigningRequest],
      steps: [
        {
          run: 'certificate deny {id}',
          stdout: 'certificatesigningrequest.certificates.k8s.io/{id} denied\n',
        },
        { run: 'get csr {id}', stdout: / Denied$/m },
      ],
    },
    {
      name: 'certificate approve -f',
      given: [certificateSigningRequest],
      files: { 'csr.yaml': certificateSigningRequest },
      steps: [
        {
          run: 'certificate approve -f csr.yaml',
          stdout: 'certificatesigningrequest.certificates.k8s.io/{id} approved\n',
        },
      ],
    },
    {
      name: 'what rights are missing for',
      steps: [
        {
          run: 'get pods --as=jane',
          exitCode: 1,
          stderr:
            'Error from server (Forbidden): pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "{ns}"\n',
        },
        {
          run: 'delete node node-1 --as=jane',
          exitCode: 1,
          stderr:
            'Error from server (Forbidden): nodes "node-1" is forbidden: User "jane" cannot delete resource "nodes" in API group "" at the cluster scope\n',
        },
      ],
    },
  ],
};
