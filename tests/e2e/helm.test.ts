import { expect } from 'bun:test';
import type { Cluster } from '../cluster/cluster.ts';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { expectFailure, expectJson } from '../cluster/expectations.ts';
import { runHelm, writeChart } from '../cluster/helm.ts';
import type { Json } from '../cluster/wire-client.ts';

const suite = shareCluster({ nodes: 1 });

const metadata = { name: '{{ .Release.Name }}', labels: { app: '{{ .Release.Name }}' } };
const selected = { app: '{{ .Release.Name }}' };

/** What small charts are made of: each kind is applied, changed, taken back and removed. */
const chart = {
  'Chart.yaml': { apiVersion: 'v2', name: 'small', version: '1.0.0' },
  'values.yaml': { greeting: 'hello', extra: true, replicas: 1 },
  'templates/config-map.yaml': `
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  greeting: {{ .Values.greeting }}
{{- if .Values.extra }}
  extra: "yes"
{{- end }}
`,
  'templates/service.yaml': {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { selector: selected, ports: [{ name: 'http', port: 80 }] },
  },
  'templates/service-account.yaml': { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
  'templates/role.yaml': {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata,
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }],
  },
  'templates/deployment.yaml': `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels:
      app: {{ .Release.Name }}
  template:
    metadata:
      labels:
        app: {{ .Release.Name }}
      annotations:
        greeting: {{ .Values.greeting }}
    spec:
      serviceAccountName: {{ .Release.Name }}
      terminationGracePeriodSeconds: 0
      containers:
      - name: main
        image: host
        command: [sh, -c, exec sleep 3600]
`,
};

class Release {
  readonly #chart: string;

  constructor(
    readonly cluster: Cluster,
    readonly namespace: string,
  ) {
    this.#chart = writeChart(cluster, namespace, chart);
  }

  async helm(...args: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await runHelm(this.cluster, [...args, '-n', this.namespace]);
    if (exitCode !== 0) throw new Error(`helm ${args.join(' ')} ended with ${exitCode}: ${stderr}`);
    return stdout;
  }

  install = (...more: string[]) => this.helm('install', 'r', this.#chart, ...more);
  upgrade = (...more: string[]) => this.helm('upgrade', 'r', this.#chart, ...more);

  path(plural: string): string {
    const groups: Record<string, string> = {
      deployments: '/apis/apps/v1',
      roles: '/apis/rbac.authorization.k8s.io/v1',
    };
    return `${groups[plural] ?? '/api/v1'}/namespaces/${this.namespace}/${plural}/r`;
  }

  async get(plural: string): Promise<Json> {
    return expectJson(await this.cluster.admin.get(this.path(plural)));
  }
}

const KINDS = ['configmaps', 'services', 'serviceaccounts', 'roles', 'deployments'];

suite.test(
  'helm installs, upgrades, rolls back and uninstalls a chart',
  async (cluster) => {
    const release = new Release(cluster, await cluster.namespace());
    expect(await release.install('--wait')).toContain('STATUS: deployed');
    expect((await release.get('deployments')).status).toMatchObject({ readyReplicas: 1 });
    const { clusterIP } = (await release.get('services')).spec;
    for (const plural of KINDS) {
      const { managedFields } = (await release.get(plural)).metadata;
      expect(managedFields[0]).toMatchObject({ manager: 'helm', operation: 'Apply' });
    }

    await release.upgrade('--set', 'greeting=hi,extra=false,replicas=2', '--wait');
    expect((await release.get('configmaps')).data).toEqual({ greeting: 'hi' });
    expect((await release.get('services')).spec.clusterIP).toBe(clusterIP);
    expect((await release.get('deployments')).status).toMatchObject({ readyReplicas: 2, updatedReplicas: 2 });

    await release.helm('rollback', 'r', '1', '--wait');
    expect((await release.get('configmaps')).data).toEqual({ greeting: 'hello', extra: 'yes' });
    expect((await release.get('deployments')).spec.replicas).toBe(1);
    expect(await release.helm('history', 'r')).toMatch(/3\s.*deployed.*Rollback to 1/);

    await release.helm('uninstall', 'r', '--wait');
    for (const plural of KINDS) expectFailure(await cluster.admin.get(release.path(plural)), 404, 'NotFound');
  },
  120_000,
);

suite.test('helm leaves what others own, and conflicts where they changed what it owns', async (cluster) => {
  const release = new Release(cluster, await cluster.namespace());
  await release.install();
  const path = release.path('configmaps');
  expectJson(await cluster.admin.patch(`${path}?fieldManager=other`, 'merge', { data: { own: 'x' } }));
  await release.upgrade('--set', 'greeting=hi');
  expect((await release.get('configmaps')).data).toEqual({ greeting: 'hi', extra: 'yes', own: 'x' });
  expectJson(
    await cluster.admin.patch(`${path}?fieldManager=other`, 'merge', { data: { greeting: 'moin' } }),
  );
  await expect(release.upgrade('--set', 'greeting=hey')).rejects.toThrow(
    'conflict with "other" using v1: .data.greeting',
  );
  await release.upgrade('--set', 'greeting=hey', '--force-conflicts');
  expect((await release.get('configmaps')).data.greeting).toBe('hey');
});
