import { afterAll, describe, expect } from 'bun:test';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopContainers } from '../../scripts/dev/stop-containers.ts';
import { programOf } from '../../scripts/services.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { eventuallyPasses } from '../cluster/eventually.ts';
import { kubectlPath } from '../cluster/required-tools.ts';
import { type CommandResult, RunningCommand } from '../cluster/running-command.ts';

/**
 * What upstream's documents have one type, in a shell, with openssl and kubectl and nothing of Hawser's: "Issue a
 * Certificate for a Kubernetes API Client Using A CertificateSigningRequest", "Manage TLS Certificates in a Cluster",
 * "TLS bootstrapping", "Authenticating with Bootstrap Tokens".
 */
const suite = shareCluster({ controllerManager: true });

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** A directory of somebody's own, with the administrator's kubeconfig in it. */
function desk(cluster: Cluster): string {
  const directory = mkdtempSync(join(tmpdir(), 'hawser-test-by-hand-'));
  directories.push(directory);
  mkdirSync(join(directory, 'bin'));
  symlinkSync(kubectlPath('1.36'), join(directory, 'bin/kubectl'));
  cpSync(cluster.layout.adminKubeconfig, join(directory, 'config'));
  cpSync(cluster.layout.pki.ca.certificate, join(directory, 'ca.crt'));
  return directory;
}

/** Runs what is typed; the first command that fails ends it. */
async function type(directory: string, script: string): Promise<CommandResult> {
  const env = {
    ...{ HOME: directory, TZ: 'UTC', KUBECONFIG: join(directory, 'config') },
    PATH: `${join(directory, 'bin')}:/usr/bin:/bin`,
  };
  return await new RunningCommand(['sh', '-euc', script], env, '', directory).ended();
}

async function typed(directory: string, script: string): Promise<string> {
  const { stdout, stderr, exitCode } = await type(directory, script);
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout;
}

const request = (name: string, signer = 'kubernetes.io/kube-apiserver-client', usage = 'client auth') => `
cat <<EOF | kubectl apply -f -
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata:
  name: ${name}
spec:
  request: $(cat ${name}.csr | base64 | tr -d "\\n")
  signerName: ${signer}
  expirationSeconds: 86400  # one day
  usages:
  - ${usage}
EOF
`;
const issued = (name: string) => `
kubectl wait --for=jsonpath='{.status.certificate}' csr/${name} --timeout=20s
kubectl get csr ${name} -o jsonpath='{.status.certificate}'| base64 -d > ${name}.crt
`;

const keys = {
  RSA: 'openssl genrsa -out K 3072',
  ECDSA: 'openssl ecparam -name prime256v1 -genkey -noout -out K',
};

for (const [kind, generate] of Object.entries(keys))
  suite.test(`a user with a key of ${kind} gets a certificate and what RBAC gives`, async (cluster) => {
    const directory = desk(cluster);
    const user = `myuser-${kind.toLowerCase()}`;
    await typed(
      directory,
      `${generate.replace('K', `${user}.key`)}
      openssl req -new -key ${user}.key -out ${user}.csr -subj "/CN=${user}/O=developers"
      ${request(user)}`,
    );
    expect(await typed(directory, `kubectl get csr ${user}`)).toMatch(
      new RegExp(
        `^NAME +AGE +SIGNERNAME +REQUESTOR +REQUESTEDDURATION +CONDITION\n${user} +\\d+s +kubernetes\\.io/kube-apiserver-client +kubernetes-admin +24h +Pending\n$`,
      ),
    );
    await typed(directory, `kubectl certificate approve ${user}\n${issued(user)}`);
    expect(await typed(directory, `kubectl get csr ${user}`)).toMatch(/ 24h +Approved,Issued\n$/);
    const described = await typed(directory, `kubectl describe csr ${user}`);
    expect(described).toMatch(/^Requesting User: +kubernetes-admin$/m);
    expect(described).toMatch(/^Status: +Approved,Issued$/m);
    expect(described).toMatch(new RegExp(`^Subject:\n +Common Name: +${user}\n`, 'm'));
    expect(described).toMatch(/^ +Organization: +developers$/m);
    expect(await typed(directory, `openssl verify -x509_strict -CAfile ca.crt ${user}.crt`)).toBe(
      `${user}.crt: OK\n`,
    );

    await typed(
      directory,
      `kubectl config set-cluster kubernetes --server=${cluster.server} --certificate-authority=ca.crt --embed-certs=true
      kubectl config set-credentials ${user} --client-key=${user}.key --client-certificate=${user}.crt --embed-certs=true
      kubectl config set-context ${user} --cluster=kubernetes --user=${user}`,
    );
    const who = await typed(directory, `kubectl --context ${user} auth whoami`);
    expect(who).toMatch(new RegExp(`^Username +${user}$`, 'm'));
    expect(who).toMatch(/^Groups +\[developers system:authenticated\]$/m);
    const verbs = ['create', 'get', 'list', 'update', 'delete'].map((verb) => `--verb=${verb}`).join(' ');
    await typed(
      directory,
      `kubectl create role ${user} ${verbs} --resource=pods
      kubectl create rolebinding ${user} --role=${user} --user=${user}
      kubectl config use-context ${user}`,
    );
    expect(await typed(directory, 'kubectl get pods 2>&1')).toBe(
      'No resources found in default namespace.\n',
    );
    const refused = await type(directory, 'kubectl get secrets');
    expect(refused.stderr).toContain(`User "${user}" cannot list resource "secrets" in API group ""`);
  });

suite.test('a request that is denied, or that nobody may have, says so', async (cluster) => {
  const directory = desk(cluster);
  await typed(
    directory,
    `openssl genrsa -out k.key 2048
    openssl req -new -key k.key -out denied.csr -subj "/CN=denied"
    cp denied.csr failed.csr
    ${request('denied')}
    kubectl certificate deny denied`,
  );
  expect(await typed(directory, 'kubectl get csr denied')).toMatch(/ 24h +Denied\n$/);
  expect(await typed(directory, 'kubectl describe csr denied')).toMatch(/^Status: +Denied$/m);
  const again = await type(directory, 'kubectl certificate approve denied');
  expect(again.exitCode).toBe(1);
  expect(again.stderr).toContain('Denied');
  // What this signer does not sign for.
  await typed(
    directory,
    `${request('failed', 'kubernetes.io/kube-apiserver-client', 'server auth')}
    kubectl certificate approve failed
    kubectl wait --for=condition=Failed csr/failed --timeout=20s`,
  );
  expect(await typed(directory, 'kubectl get csr failed')).toMatch(/ 24h +Approved,Failed\n$/);
  const missing = await type(directory, 'kubectl certificate approve nobody');
  expect(missing.stderr).toContain('"nobody" not found');
});

suite.test('a certificate of an authority of one’s own is put in by hand', async (cluster) => {
  const directory = desk(cluster);
  const name = 'my-svc.my-namespace';
  await typed(
    directory,
    `openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout server-key.pem -out ${name}.csr \\
      -subj "/CN=my-pod.my-namespace.pod.cluster.local" -addext "subjectAltName=DNS:${name}.svc.cluster.local"
    ${request(name, 'example.com/serving', 'server auth')}
    kubectl certificate approve ${name}
    openssl req -x509 -newkey rsa:2048 -nodes -keyout own-ca.key -out own-ca.pem -subj "/CN=My Example Signer"
    kubectl get csr ${name} -o jsonpath='{.spec.request}' | base64 --decode |
      openssl x509 -req -CA own-ca.pem -CAkey own-ca.key -CAcreateserial -days 10 -copy_extensions copy -out ${name}.crt
    kubectl patch csr ${name} --subresource=status --type=merge \\
      -p '{"status":{"certificate":"'$(base64 ${name}.crt | tr -d '\\n')'"}}'`,
  );
  expect(await typed(directory, `kubectl get csr ${name}`)).toMatch(
    / example\.com\/serving +kubernetes-admin +24h +Approved,Issued\n$/,
  );
  await typed(
    directory,
    `kubectl get csr ${name} -o jsonpath='{.status.certificate}' | base64 --decode > server.crt
    openssl verify -CAfile own-ca.pem server.crt
    kubectl create secret tls server --cert server.crt --key server-key.pem`,
  );
});

/** The four lines with which the documents make every kubeconfig. */
const kubeconfig = (file: string, cluster: Cluster, user: string, credentials: string) => `
kubectl config --kubeconfig=${file} set-cluster bootstrap --server='${cluster.server}' --certificate-authority=ca.crt --embed-certs=true
kubectl config --kubeconfig=${file} set-credentials ${user} ${credentials}
kubectl config --kubeconfig=${file} set-context bootstrap --user=${user} --cluster=bootstrap
kubectl config --kubeconfig=${file} use-context bootstrap
`;

suite.test('kube-proxy has what system:node-proxier may', async (cluster) => {
  const directory = desk(cluster);
  const user = 'system:kube-proxy';
  const credentials = '--client-certificate=kube-proxy.crt --client-key=kube-proxy.key --embed-certs=true';
  await typed(
    directory,
    `openssl genrsa -out kube-proxy.key 2048
    openssl req -new -key kube-proxy.key -out kube-proxy.csr -subj "/CN=${user}"
    ${request('kube-proxy')}
    kubectl certificate approve kube-proxy
    ${issued('kube-proxy')}
    ${kubeconfig('kube-proxy.kubeconfig', cluster, user, credentials)}`,
  );
  const as = 'kubectl --kubeconfig=kube-proxy.kubeconfig';
  await typed(directory, `${as} get services,nodes -A && ${as} get endpointslices.discovery.k8s.io -A`);
  const may = async (what: string) => (await type(directory, `${as} auth can-i ${what}`)).stdout;
  const allowed = ['list services', 'watch endpointslices.discovery.k8s.io', 'watch nodes', 'create events'];
  for (const what of allowed) expect([what, await may(what)]).toEqual([what, 'yes\n']);
  for (const what of ['get secrets', 'update services', 'create pods'])
    expect([what, await may(what)]).toEqual([what, 'no\n']);
});

describe('a node', () => {
  const NAME = 'by-hand';
  suite.test(
    'bootstraps with a token that kubectl made and a kubeconfig that kubectl wrote',
    async (cluster) => {
      const directory = desk(cluster);
      const expiration = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+/, '');
      await typed(
        directory,
        `cat <<EOF | kubectl apply -f -
apiVersion: v1
kind: Secret
metadata:
  # Name MUST be of form "bootstrap-token-<token id>"
  name: bootstrap-token-07401b
  namespace: kube-system
# Type MUST be 'bootstrap.kubernetes.io/token'
type: bootstrap.kubernetes.io/token
stringData:
  description: "The default bootstrap token."
  token-id: 07401b
  token-secret: f395accd246ae52d
  expiration: ${expiration}
  usage-bootstrap-authentication: "true"
  usage-bootstrap-signing: "true"
  auth-extra-groups: system:bootstrappers:worker,system:bootstrappers:ingress
EOF
      ${kubeconfig('bootstrap-kubeconfig', cluster, 'kubelet-bootstrap', '--token=07401b.f395accd246ae52d')}`,
      );
      const who = await typed(directory, 'kubectl --kubeconfig=bootstrap-kubeconfig auth whoami');
      expect(who).toMatch(/^Username +system:bootstrap:07401b$/m);
      expect(who).toMatch(
        /^Groups +\[system:bootstrappers system:bootstrappers:ingress system:bootstrappers:worker system:authenticated\]$/m,
      );
      const address = '127.0.1.21';
      const flags = [
        ...['--hostname-override', NAME, '--node-ip', address, '--port', `${cluster.ports.kubelet}`],
        ...['--healthz-bind-address', address, '--healthz-port', `${cluster.ports.kubeletHealth}`],
        ...['--bootstrap-kubeconfig', join(directory, 'bootstrap-kubeconfig')],
        ...['--kubeconfig', join(directory, 'kubelet/kubeconfig'), '--root-dir', join(directory, 'kubelet')],
        ...['--client-ca-file', join(directory, 'ca.crt'), '--network-plugin', 'host'],
      ];
      const kubelet = cluster.add(NAME, [...programOf('kubelet'), ...flags]);
      kubelet.start();
      try {
        await eventuallyPasses(async () =>
          expect(await typed(directory, `kubectl get node ${NAME} --no-headers`)).toMatch(/^by-hand +Ready /),
        );
        expect(await typed(directory, 'kubectl get csr')).toMatch(
          /^node-csr-\S+ +\d+s +kubernetes\.io\/kube-apiserver-client-kubelet +system:bootstrap:07401b +<none> +Approved,Issued$/m,
        );
        const own = readFileSync(join(directory, 'kubelet/kubeconfig'), 'utf8');
        expect(own).not.toContain('f395accd246ae52d');
      } finally {
        await kubelet.stop();
        await stopContainers(join(directory, 'kubelet'));
      }
    },
  );
});
