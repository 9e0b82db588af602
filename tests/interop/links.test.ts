import { describe, expect } from 'bun:test';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { loadKubeconfig, writeKubeconfig } from '@hawser/client';
import { type KeyFiles, nodeLayout } from '@hawser/config';
import { jetstream } from '@nats-io/jetstream';
import { controllerManagerCommand, kubeletCommand } from '../../scripts/services.ts';
import { auditReaderFiles, connectToNats, readAuditStream } from '../cluster/audit-stream.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { eventually, eventuallyPasses } from '../cluster/eventually.ts';
import { expectFailure, expectJson } from '../cluster/expectations.ts';
import { authorityOf, foreignAuthority, issue, type KeyMaterial } from '../cluster/identities.ts';
import { shellPod } from '../cluster/objects.ts';
import { readOutbox, readOutboxFile } from '../cluster/outbox.ts';
import { createPod, isReady, logOf, podThat } from '../cluster/pods.ts';
import { KUBECTL_VERSIONS } from '../cluster/required-tools.ts';
import type { ServiceProcess } from '../cluster/service-process.ts';
import { UNVERIFIED } from '../cluster/unverified.ts';
import type { Json } from '../cluster/wire-client.ts';

const suite = shareCluster({ nodes: 1, nats: true });

/** A CA with the name of the cluster's and another key. */
const foreign = foreignAuthority();
/** Writes other contents in a pair's files; disposing brings the old ones back. */
function replaceFiles(files: KeyFiles, material: KeyMaterial): Disposable {
  const before = [files.certificate, files.key].map((file) => [file, readFileSync(file)] as const);
  writeFileSync(files.certificate, material.cert);
  writeFileSync(files.key, material.key);
  return {
    [Symbol.dispose]: () => {
      for (const [file, content] of before) writeFileSync(file, content);
    },
  };
}

/** A copy of a kubeconfig with another CA for the server, or another certificate for its user. */
function alteredKubeconfig(
  cluster: Cluster,
  path: string,
  name: string,
  altered: { ca?: string; client?: KeyMaterial },
): string {
  const kubeconfig = loadKubeconfig(path);
  const encode = (text: string) => Buffer.from(text).toString('base64');
  const [{ cluster: target }] = kubeconfig.clusters as Json;
  const [{ user }] = kubeconfig.users as Json;
  if (altered.ca !== undefined) {
    delete target['certificate-authority'];
    target['certificate-authority-data'] = encode(altered.ca);
  }
  if (altered.client !== undefined) {
    delete user['client-certificate'];
    delete user['client-key'];
    user['client-certificate-data'] = encode(altered.client.cert);
    user['client-key-data'] = encode(altered.client.key);
  }
  const file = join(cluster.place.home, `${name}.kubeconfig`);
  writeKubeconfig(file, kubeconfig);
  return file;
}

/** A pod on the node whose log can be asked for. */
async function loggingPod(cluster: Cluster): Promise<string> {
  const namespace = await cluster.namespace();
  const path = await createPod(cluster, namespace, shellPod('a', 'echo hello; exec sleep 3600'));
  await podThat(cluster, path, isReady);
  await eventuallyPasses(async () => expect(await logOf(cluster, path)).toBe('hello\n'));
  return path;
}

describe('kubectl → hub', () => {
  for (const version of KUBECTL_VERSIONS) {
    suite.test(`kubectl ${version} refuses a hub of another CA`, async (cluster) => {
      const kubeconfig = alteredKubeconfig(
        cluster,
        cluster.layout.adminKubeconfig,
        `distrusting-${version}`,
        { ca: foreign.certificatePem },
      );
      const result = await cluster.kubectl(version, '--kubeconfig', kubeconfig, 'get', 'nodes');
      expect(result.exitCode).toBe(1);
      expect(result.stderr).toMatch(/x509: certificate signed by unknown authority/);
    });

    suite.test(`the hub refuses a kubectl ${version} of another CA`, async (cluster) => {
      const client = issue(foreign, { commonName: 'kubernetes-admin', organizations: ['system:masters'] });
      const kubeconfig = alteredKubeconfig(cluster, cluster.layout.adminKubeconfig, `foreign-${version}`, {
        client,
      });
      const result = await cluster.kubectl(version, '--kubeconfig', kubeconfig, 'get', 'nodes');
      expect(result.exitCode).toBe(1);
      expect(result.stderr).toContain('You must be logged in to the server');
    });
  }
});

describe('hub → kubelet', () => {
  const sans = { ipAddresses: ['127.0.1.1'], dnsNames: ['node-1'] };
  const ours = (cluster: Cluster) => authorityOf(cluster.layout.pki.ca);
  const impostors = [
    { name: 'of another CA', ca: () => foreign, commonName: 'system:node:node-1', sans },
    {
      name: 'of the right CA, at another address',
      ca: ours,
      commonName: 'system:node:node-1',
      sans: { ipAddresses: ['127.0.1.9'] },
    },
    { name: 'of the right CA that is another node', ca: ours, commonName: 'system:node:node-2', sans },
  ];
  for (const { name, ca, commonName, sans } of impostors) {
    suite.test(`the hub refuses a kubelet ${name}`, async (cluster) => {
      const path = await loggingPod(cluster);
      await cluster.kill9('node-1');
      let asked = 0;
      const impostor = https.createServer(issue(ca(cluster), { commonName, sans }), (_request, response) => {
        asked += 1;
        response.end('hello from an impostor');
      });
      await new Promise<void>((resolve) => impostor.listen(cluster.ports.kubelet, '127.0.1.1', resolve));
      const answer = await cluster.admin.get(`${path}/log`);
      await new Promise((resolve) => impostor.close(resolve));
      await cluster.restart('node-1');
      expect(expectFailure(answer, 500, 'InternalError').message).toContain(
        'tls: failed to verify 127.0.1.1',
      );
      expect(asked).toBe(0);
      await eventuallyPasses(async () => expect(await logOf(cluster, path)).toBe('hello\n'));
    });
  }

  suite.test('the kubelet refuses a hub of another CA', async (cluster) => {
    const path = await loggingPod(cluster);
    const otherCa = join(cluster.place.home, 'other-ca.crt');
    writeFileSync(otherCa, foreign.certificatePem);
    await cluster.restart('node-1', ['--client-ca-file', otherCa]);
    const status = await eventually(async () => {
      const answer = await cluster.admin.get(`${path}/log`);
      return answer.text.includes('401') && expectFailure(answer, 500, 'InternalError');
    });
    expect(status.message).toContain('Unauthorized');
    await cluster.restart('node-1');
    await eventuallyPasses(async () => expect(await logOf(cluster, path)).toBe('hello\n'));
  });

  suite.test(
    'the kubelet answers nobody without a credential, nobody of another CA, and not everybody of its own',
    async (cluster) => {
      const path = `/containerLogs/default/a/main`;
      const ask = (client: Partial<KeyMaterial>, headers = {}) =>
        new Promise<number>((resolve, reject) => {
          const { ca } = cluster.admin.identity;
          const options = {
            host: '127.0.1.1',
            port: cluster.ports.kubelet,
            path,
            ca,
            headers,
            agent: false,
            ...client,
          };
          https
            .get(options, (response) => {
              response.resume();
              resolve(response.statusCode ?? 0);
            })
            .on('error', reject);
        });
      const subject = {
        commonName: 'kube-apiserver-kubelet-client',
        organizations: ['system:masters', 'hawser:kubelet-clients'],
      };
      expect(await ask({})).toBe(401);
      expect(await ask({}, { authorization: 'Bearer nonsense' })).toBe(401);
      expect(await ask(issue(foreign, subject))).toBe(401);
      expect(await ask(issue(authorityOf(cluster.layout.pki.ca), { commonName: 'jane' }))).toBe(403);
      expect(
        await ask(
          issue(authorityOf(cluster.layout.pki.ca), {
            commonName: 'system:node:node-1',
            organizations: ['system:nodes'],
          }),
        ),
      ).toBe(403);
    },
  );
});

/** Another controller manager beside the cluster's, with an outbox of its own; the last flag of a name counts. */
function startControllerManager(cluster: Cluster, name: string, ...flags: string[]): ServiceProcess {
  const argv = [
    ...controllerManagerCommand(cluster.place),
    ...['--secure-port', '0', '--data-dir', join(cluster.place.home, name), ...flags],
  ];
  const service = cluster.add(name, argv);
  service.start();
  return service;
}

describe('controller manager → NATS', () => {
  /** One loop is enough: it finds the requests of the node that has joined. */
  const telling = ['--controllers', 'certificatesigningrequest-event-controller'];
  const waiting = (cluster: Cluster, name: string) =>
    readOutboxFile(join(cluster.place.home, name, 'outbox.db')).map(({ subject }) => subject);

  suite.test('the controller manager refuses a NATS server of another CA; events wait', async (cluster) => {
    const otherCa = join(cluster.place.home, 'cm-other-ca.crt');
    writeFileSync(otherCa, foreign.certificatePem);
    const service = startControllerManager(cluster, 'cm-wary', ...telling, '--nats-ca-file', otherCa);
    await eventuallyPasses(() => expect(service.log()).toMatch(UNVERIFIED));
    await eventuallyPasses(() =>
      expect(waiting(cluster, 'cm-wary')).toContain('hawser.controller-manager.certificate.signed'),
    );
    expect(service.log()).not.toContain('publishing events to NATS');
    await service.stop();
  });

  suite.test('NATS refuses a controller manager of another CA; events wait', async (cluster) => {
    const { cert, key } = issue(foreign, { commonName: 'controller-manager' });
    const files = [join(cluster.place.home, 'cm-nats.crt'), join(cluster.place.home, 'cm-nats.key')] as const;
    writeFileSync(files[0], cert);
    writeFileSync(files[1], key, { mode: 0o600 });
    const before = cluster.service('nats').log().length;
    const natsFlags = ['--nats-cert-file', files[0], '--nats-key-file', files[1]];
    const service = startControllerManager(cluster, 'cm-stranger', ...telling, ...natsFlags);
    await eventuallyPasses(() =>
      expect(cluster.service('nats').log().slice(before)).toMatch(
        /TLS handshake error.*(unknown authority|bad certificate|verif)/,
      ),
    );
    await eventuallyPasses(() =>
      expect(waiting(cluster, 'cm-stranger')).toContain('hawser.controller-manager.certificate.approved'),
    );
    expect(service.log()).not.toContain('publishing events to NATS');
    await service.stop();
  });
});

describe('controller manager → hub', () => {
  const start = (cluster: Cluster, name: string, kubeconfig: string) =>
    startControllerManager(cluster, name, '--kubeconfig', kubeconfig, '--scheduler-kubeconfig', kubeconfig);
  const original = (cluster: Cluster) => cluster.layout.kubeconfigs.controllerManager;

  suite.test('the controller manager refuses a hub of another CA', async (cluster) => {
    const kubeconfig = alteredKubeconfig(cluster, original(cluster), 'cm-distrusting', {
      ca: foreign.certificatePem,
    });
    const service = start(cluster, 'cm-distrusting', kubeconfig);
    await eventuallyPasses(() => expect(service.log()).toMatch(UNVERIFIED));
    expect(service.log()).not.toContain('controller started');
    await service.stop();
  });

  suite.test('the hub refuses a controller manager of another CA', async (cluster) => {
    const client = issue(foreign, {
      commonName: 'system:kube-controller-manager',
      organizations: ['system:masters'],
    });
    const service = start(
      cluster,
      'cm-foreign',
      alteredKubeconfig(cluster, original(cluster), 'cm-foreign', { client }),
    );
    await eventuallyPasses(() => expect(service.log()).toContain('Unauthorized'));
    expect(service.log()).not.toContain('controller started');
    await service.stop();
  });
});

describe('kubelet → hub', () => {
  const node = { name: 'node-9', address: '127.0.1.9' };

  /** A kubelet of a node that does not exist yet. */
  const start = (cluster: Cluster, name: string) => {
    mkdirSync(nodeLayout(cluster.place.home, node.name).pki, { recursive: true });
    const service = cluster.add(name, kubeletCommand(cluster.place, node));
    service.start();
    return service;
  };
  const expectUnknown = async (cluster: Cluster) => {
    expectFailure(await cluster.admin.get(`/api/v1/nodes/${node.name}`), 404, 'NotFound');
    const { items } = expectJson(
      await cluster.admin.get('/apis/certificates.k8s.io/v1/certificatesigningrequests'),
    );
    expect(items.filter(({ spec }: Json) => atob(spec.request).includes(node.name))).toEqual([]);
  };

  suite.test('a kubelet refuses a hub of another CA, before it has shown its token', async (cluster) => {
    const token = (await cluster.hawser('token', 'create')).stdout.trim();
    const { bootstrapKubeconfig } = nodeLayout(cluster.place.home, node.name);
    mkdirSync(nodeLayout(cluster.place.home, node.name).pki, { recursive: true });
    const trusting = cluster.kubeconfig('bootstrap', { token });
    writeKubeconfig(
      bootstrapKubeconfig,
      loadKubeconfig(
        alteredKubeconfig(cluster, trusting, 'distrusting-node', { ca: foreign.certificatePem }),
      ),
    );
    const service = start(cluster, 'distrusting-node');
    await eventuallyPasses(() => expect(service.log()).toMatch(UNVERIFIED));
    await expectUnknown(cluster);
    const users = readOutbox(cluster.layout).map(({ event }) => event.user.username);
    expect(users).not.toContain(`system:bootstrap:${token.split('.')[0]}`);
    await service.stop();
  });

  suite.test('the hub refuses a kubelet whose certificate is of another CA', async (cluster) => {
    const { kubeconfig, pki, bootstrapKubeconfig } = nodeLayout(cluster.place.home, node.name);
    const { cert, key } = issue(foreign, {
      commonName: `system:node:${node.name}`,
      organizations: ['system:nodes'],
    });
    const current = join(pki, 'kubelet-client-current.pem');
    writeFileSync(current, `${cert}${key}`, { mode: 0o600 });
    writeKubeconfig(
      bootstrapKubeconfig,
      loadKubeconfig(cluster.kubeconfig('wrong-token', { token: 'abcdef.0123456789abcdef' })),
    );
    writeKubeconfig(
      kubeconfig,
      loadKubeconfig(
        alteredKubeconfig(cluster, cluster.layout.adminKubeconfig, 'foreign-node', { client: { cert, key } }),
      ),
    );
    const service = start(cluster, 'foreign-node');
    await eventuallyPasses(() => expect(service.log()).toContain('Unauthorized'));
    await expectUnknown(cluster);
    await service.stop();
  });
});

describe('hub → NATS', () => {
  const isConnected = async (cluster: Cluster) =>
    (await cluster.admin.get('/metrics')).text.includes('\nhawser_audit_nats_connected 1\n');
  const arrives = async (cluster: Cluster, auditId: string) => {
    const events = await readAuditStream(cluster);
    return events.filter(({ event }) => event.auditID === auditId).length === 1;
  };

  /** Runs NATS with other contents in a pair's files for as long as `during` takes. */
  async function withFiles(
    cluster: Cluster,
    files: KeyFiles,
    material: KeyMaterial,
    during: (logsSince: { hub: () => string; nats: () => string }) => Promise<void>,
  ): Promise<void> {
    const before = {
      hub: cluster.service('apiserver').log().length,
      nats: cluster.service('nats').log().length,
    };
    try {
      using _replaced = replaceFiles(files, material);
      await cluster.restart('nats');
      await during({
        hub: () => cluster.service('apiserver').log().slice(before.hub),
        nats: () => cluster.service('nats').log().slice(before.nats),
      });
    } finally {
      await cluster.restart('nats');
    }
  }

  suite.test('the hub refuses a NATS server of another CA; events wait and arrive later', async (cluster) => {
    await eventually(() => isConnected(cluster));
    const sans = { ipAddresses: ['127.0.0.1'], dnsNames: ['localhost'] };
    const material = issue(foreign, { commonName: 'nats', sans });
    let auditId = '';
    await withFiles(cluster, cluster.layout.natsPki.server, material, async ({ hub }) => {
      await eventuallyPasses(() => expect(hub()).toMatch(UNVERIFIED));
      expect(await isConnected(cluster)).toBe(false);
      auditId = (await cluster.admin.get('/version')).headers['audit-id'] as string;
    });
    await eventually(() => arrives(cluster, auditId), 30_000);
  });

  suite.test('NATS refuses a hub of another CA; events wait and arrive later', async (cluster) => {
    await eventually(() => isConnected(cluster));
    const material = issue(foreign, { commonName: 'apiserver' });
    let auditId = '';
    await withFiles(cluster, cluster.layout.natsPki.apiserver, material, async ({ nats }) => {
      await eventuallyPasses(() =>
        expect(nats()).toMatch(/TLS handshake error.*(unknown authority|bad certificate|verif)/),
      );
      expect(await isConnected(cluster)).toBe(false);
      auditId = (await cluster.admin.get('/version')).headers['audit-id'] as string;
    });
    await eventually(() => arrives(cluster, auditId), 30_000);
  });
});

describe('kubelet → NATS', () => {
  suite.test(
    'a node publishes events of kubelets and no others, and does not read the stream',
    async (cluster) => {
      const { certificate, key } = nodeLayout(cluster.place.home, 'node-1').natsClient;
      const files = { ...auditReaderFiles(cluster), certFile: certificate, keyFile: key };
      const connection = await connectToNats(cluster, files, 'kubelet-node-1');
      const stream = jetstream(connection, { timeout: 5_000 });
      const { stream: name } = await stream.publish('audit.kubelet.get.core.nodes_pods.-', '{}');
      expect(name).toBe('AUDIT');
      for (const subject of ['audit.apiserver.get.core.pods.default', 'audit.forged'])
        await expect(stream.publish(subject, '{}')).rejects.toThrow(/permission/i);
      await expect(stream.consumers.get('AUDIT')).rejects.toThrow(/permission/i);
      const manager = await stream.jetstreamManager(false);
      await expect(manager.streams.info('AUDIT')).rejects.toThrow(/permission/i);
      await connection.close();
    },
  );

  suite.test('NATS refuses a node of another CA', async (cluster) => {
    const { certFile, keyFile } = {
      certFile: join(cluster.place.home, 'foreign-nats-node.crt'),
      keyFile: join(cluster.place.home, 'foreign-nats-node.key'),
    };
    const { cert, key } = issue(foreign, { commonName: 'kubelet-node-1' });
    writeFileSync(certFile, cert);
    writeFileSync(keyFile, key, { mode: 0o600 });
    const files = { ...auditReaderFiles(cluster), certFile, keyFile };
    await expect(connectToNats(cluster, files, 'kubelet-node-1')).rejects.toThrow();
  });
});

describe('audit reader → NATS', () => {
  const write = (cluster: Cluster, name: string, { cert, key }: KeyMaterial) => {
    const files = {
      certFile: join(cluster.place.home, `${name}.crt`),
      keyFile: join(cluster.place.home, `${name}.key`),
    };
    writeFileSync(files.certFile, cert);
    writeFileSync(files.keyFile, key, { mode: 0o600 });
    return files;
  };

  suite.test('the reader refuses a NATS server of another CA', async (cluster) => {
    const otherCa = join(cluster.place.home, 'other-ca.crt');
    writeFileSync(otherCa, foreign.certificatePem);
    const tail = await cluster.hawser('audit', 'tail', '--nats-ca-file', otherCa);
    expect(tail.exitCode).toBe(1);
    expect(tail.stderr).toMatch(UNVERIFIED);
  });

  suite.test('NATS refuses a reader of another CA', async (cluster) => {
    const files = write(cluster, 'foreign-reader', issue(foreign, { commonName: 'audit-reader' }));
    const tail = await cluster.hawser(
      'audit',
      'tail',
      '--nats-cert-file',
      files.certFile,
      '--nats-key-file',
      files.keyFile,
    );
    expect(tail.exitCode).toBe(1);
    expect(tail.stdout).toBe('');
    await expect(connectToNats(cluster, { ...auditReaderFiles(cluster), ...files })).rejects.toThrow();
  });

  suite.test(
    'NATS refuses a client of the right CA that it has no rights for, and one without a certificate',
    async (cluster) => {
      const ca = authorityOf(cluster.layout.natsPki.ca);
      const stranger = write(cluster, 'stranger', issue(ca, { commonName: 'stranger' }));
      await expect(connectToNats(cluster, { ...auditReaderFiles(cluster), ...stranger })).rejects.toThrow();
      const { caFile } = auditReaderFiles(cluster);
      await expect(connectToNats(cluster, { caFile } as never)).rejects.toThrow();
      const { certificate, key } = cluster.layout.pki.apiserver;
      await expect(connectToNats(cluster, { caFile, certFile: certificate, keyFile: key })).rejects.toThrow();
    },
  );

  suite.test(
    'the reader reads and cannot write or delete; the hub writes and cannot read',
    async (cluster) => {
      const connection = await connectToNats(cluster);
      const stream = jetstream(connection, { timeout: 1_000 });
      await expect(stream.publish('audit.apiserver.create.core.pods.default', '{}')).rejects.toThrow();
      const manager = await stream.jetstreamManager(false);
      await expect(manager.streams.delete('AUDIT')).rejects.toThrow();
      await expect(manager.streams.purge('AUDIT')).rejects.toThrow();
      await connection.close();
      const { certificate, key } = cluster.layout.natsPki.apiserver;
      const hub = await connectToNats(cluster, {
        ...auditReaderFiles(cluster),
        certFile: certificate,
        keyFile: key,
      });
      await expect(jetstream(hub, { timeout: 1_000 }).consumers.get('AUDIT')).rejects.toThrow();
      await hub.close();
    },
  );
});
