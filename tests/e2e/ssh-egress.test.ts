import { beforeAll, describe, expect } from 'bun:test';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { homeLayout, nodeLayout } from '@hawser/config';
import { writeFileAtomic } from '@hawser/runtime';
import { devNode } from '../../scripts/services.ts';
import { prepareSshd } from '../../scripts/sshd.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { eventually, eventuallyPasses } from '../cluster/eventually.ts';
import { expectFailure, expectJson } from '../cluster/expectations.ts';
import { sshKeygen } from '../cluster/required-tools.ts';
import { marker, NODE_TRAFFIC, type ServerOnNode, startServer } from '../network/node-traffic.ts';

/** A whole cluster whose hub reaches its nodes through their sshds, and in no other way. */
const suite = shareCluster({
  nodes: 2,
  egress: 'ssh',
  flags: { node: ['--node-status-update-frequency', '1s'] },
});

const HOST_KEY = 'hawser.dev/ssh-host-key';

let server: ServerOnNode;

beforeAll(async () => {
  server = await startServer(suite.cluster);
  // It listens before it says so.
  await eventuallyPasses(() => NODE_TRAFFIC['logs']!(suite.cluster, server, ''));
}, 60_000);

describe('through SSH', () => {
  for (const [name, play] of Object.entries(NODE_TRAFFIC))
    suite.test(`${name} works`, async (cluster) => {
      await play(cluster, server, marker('text'));
    });

  suite.test('each node is reached through its own sshd', async (cluster) => {
    for (const node of ['node-1', 'node-2']) {
      const { stdout } = await cluster.kubectl('1.36', 'get', '--raw', `/api/v1/nodes/${node}/proxy/healthz`);
      expect(stdout).toBe('ok');
      expect(await metric(cluster, 'hawser_ssh_tunnel_up', node)).toBe('1');
    }
    expect(Number(await metric(cluster, 'ssh_tunnel_open_count'))).toBeGreaterThanOrEqual(2);
  });
});

describe('the host key that a node publishes', () => {
  suite.test('is the one of its sshd', async (cluster) => {
    const node = expectJson(await cluster.admin.get('/api/v1/nodes/node-1'));
    const file = readFileSync(nodeLayout(cluster.place.home, 'node-1').ssh.hostPublicKey, 'utf8');
    expect(node.metadata.annotations[HOST_KEY]).toBe(file.split(' ').slice(0, 2).join(' '));
  });

  suite.test('is not for other nodes to write', async (cluster) => {
    const { certificate, key } = nodeCertificate(cluster, 'node-2');
    const patch = { metadata: { annotations: { [HOST_KEY]: 'ssh-ed25519 AAAA' } } };
    const refused = await cluster
      .wire({ cert: certificate, key })
      .patch('/api/v1/nodes/node-1', 'application/merge-patch+json', patch);
    expectFailure(refused, 403, 'Forbidden');
  });

  suite.test(
    'may change: the node is reached again once its kubelet says so, and not before',
    async (cluster) => {
      const [node, name] = [devNode(2), 'node-2'];
      const { ssh } = nodeLayout(cluster.place.home, name);
      const another = join(ssh.directory, 'another_key');
      sshKeygen(['-q', '-t', 'ed25519', '-N', '', '-f', another]);
      writeFileAtomic(
        ssh.config,
        `HostKey ${another}\n${without(readFileSync(ssh.config, 'utf8'), 'HostKey')}`,
      );
      await cluster.kill9('sshd-2');
      await cluster.restart('sshd-2');
      await eventuallyPasses(async () => {
        const said = await healthOf(cluster, name);
        expect(said).toContain(
          `ssh: node "node-2" (${node.address}:${cluster.ports.ssh}): host key verification failed`,
        );
      });
      expect(Number(await metric(cluster, 'hawser_ssh_tunnel_host_key_refused_total', name))).toBeGreaterThan(
        0,
      );
      expect(await healthOf(cluster, 'node-1')).toBe('ok');
      await eventuallyPasses(async () => {
        const { items } = expectJson(await cluster.admin.get('/api/v1/namespaces/default/events'));
        const event = items.find((each: { reason: string }) => each.reason === 'SSHHostKeyRefused');
        expect(event).toMatchObject({ type: 'Warning', involvedObject: { kind: 'Node', name } });
        expect(event.message).toContain('its Node object says ssh-ed25519 SHA256:');
      });
      writeFileAtomic(ssh.hostPublicKey, readFileSync(`${another}.pub`));
      await eventuallyPasses(async () => expect(await healthOf(cluster, name)).toBe('ok'));
    },
  );
});

describe('with the tunnel cut', () => {
  suite.test(
    'requests and streams fail within 5 s and say so; all is well when it is back',
    async (cluster) => {
      const { namespace, name, greeting } = server;
      const label = `ssh: node "node-1" (127.0.1.1:${cluster.ports.ssh})`;
      const follow = cluster.startKubectl('1.36', '-n', namespace, 'logs', '-f', name);
      await eventually(() => follow.stdout.includes(greeting));
      const startMs = performance.now();
      await cluster.kill9('sshd-1');
      await follow.ended();
      const { stderr } = await cluster.kubectl('1.36', '-n', namespace, 'exec', name, '--', 'true');
      expect(stderr).toContain(`error dialing backend: ${label}: `);
      expect(performance.now() - startMs).toBeLessThan(5_000);
      // Nothing goes around: the kubelet itself is there, and could be reached directly.
      expect(await healthOf(cluster, 'node-1')).toContain(label);
      expect(await healthOf(cluster, 'node-2')).toBe('ok');
      expect(await metric(cluster, 'hawser_ssh_tunnel_up', 'node-1')).toBe('0');
      await cluster.restart('sshd-1');
      await eventuallyPasses(async () => {
        await NODE_TRAFFIC['exec']!(cluster, server, marker('again'));
      });
      expect(await metric(cluster, 'hawser_ssh_tunnel_up', 'node-1')).toBe('1');
    },
  );
});

suite.test("the hub's key may be exchanged without a restart", async (cluster) => {
  const { sshKey } = homeLayout(cluster.place.home).hub;
  const before = cluster.service('apiserver').pid;
  rmSync(sshKey);
  prepareSshd(cluster.place, devNode(1));
  await cluster.kill9('sshd-1');
  await cluster.restart('sshd-1');
  await eventuallyPasses(async () => expect(await healthOf(cluster, 'node-1')).toBe('ok'));
  // The connection that was there before goes on.
  expect(await healthOf(cluster, 'node-2')).toBe('ok');
  expect(cluster.service('apiserver').pid).toBe(before);
});

/** A configuration without its settings of a name. */
function without(config: string, name: string): string {
  const lines = config.split('\n');
  return lines.filter((line) => !line.startsWith(`${name} `)).join('\n');
}

/** What the kubelet of a node says of itself, or the hub of why it cannot be asked. */
async function healthOf(cluster: Cluster, node: string): Promise<string> {
  const answer = await cluster.admin.get(`/api/v1/nodes/${node}/proxy/healthz`);
  return answer.status === 200 ? answer.text : answer.json.message;
}

async function metric(cluster: Cluster, name: string, node?: string): Promise<string | undefined> {
  const { text } = await cluster.admin.get('/metrics');
  const series = node === undefined ? `${name} ` : `${name}{node="${node}"} `;
  return text
    .split('\n')
    .find((line) => line.startsWith(series))
    ?.slice(series.length);
}

/** The certificate and key of a node's kubelet, which are in one file. */
function nodeCertificate(cluster: Cluster, node: string): { certificate: string; key: string } {
  const pem = readFileSync(nodeLayout(cluster.place.home, node).clientCertificate, 'utf8');
  return { certificate: pem, key: pem };
}
