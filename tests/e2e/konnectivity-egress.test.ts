import { afterAll, beforeAll, describe, expect } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Argv, konnectivityServerCommand } from '../../scripts/services.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { eventually, eventuallyPasses } from '../cluster/eventually.ts';
import { marker, NODE_TRAFFIC, type ServerOnNode, startServer } from '../network/node-traffic.ts';

/** How long a user may be kept waiting by a tunnel that is not there. */
const PATIENCE_MS = 5_000;
const SERVER = 'konnectivity-server';
const AGENT = 'konnectivity-agent-1';

const directory = mkdtempSync(join(tmpdir(), 'hawser-test-front-end-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** The front ends besides that of `hawser init`, which is HTTP CONNECT by TCP and TLS. */
const FRONT_ENDS = [
  { protocol: 'HTTPConnect', mode: 'http-connect' },
  { protocol: 'HTTPConnect', mode: 'http-connect', socket: join(directory, 'http-connect.socket') },
  { protocol: 'GRPC', mode: 'grpc', socket: join(directory, 'grpc.socket') },
];

for (const { protocol, mode, socket } of FRONT_ENDS)
  describe(`a hub that reaches its nodes by ${protocol} over ${socket === undefined ? 'TCP' : 'a unix socket'}`, () => {
    const suite = shareCluster({ nodes: 1, egress: 'konnectivity' });
    let server: ServerOnNode;
    let through: string;
    /** What brings the Konnectivity server back as it was. */
    let startServerAgain: (cluster: Cluster) => void;

    beforeAll(async () => {
      const { cluster } = suite;
      through = `https://127.0.0.1:${cluster.ports.konnectivityFrontEnd}`;
      startServerAgain = ({ services }) => services.get(SERVER)!.start();
      if (socket !== undefined) {
        through = `unix://${socket}`;
        await cluster.service(SERVER).stop();
        const argv = overSocket(konnectivityServerCommand(cluster.place), mode, socket);
        cluster.add(SERVER, argv).start();
        const configuration = join(directory, `${mode}.yaml`);
        writeFileSync(configuration, configurationOf(protocol, socket));
        await cluster.restart('apiserver', ['--egress-selector-config-file', configuration]);
        await cluster.hubReady();
        await cluster.agentReady(1);
      }
      server = await startServer(cluster);
      await eventuallyPasses(() => NODE_TRAFFIC['logs']!(cluster, server, ''));
    }, 90_000);

    for (const [name, play] of Object.entries(NODE_TRAFFIC))
      suite.test(`${name} works`, async (cluster) => {
        await play(cluster, server, marker('text'));
      });

    const losses: { name: string; cut: (cluster: Cluster) => unknown; mend: (cluster: Cluster) => void }[] = [
      {
        name: 'its server is killed',
        cut: (cluster) => cluster.kill9(SERVER),
        mend: (cluster) => startServerAgain(cluster),
      },
      {
        name: "the node's agent is killed",
        cut: (cluster) => cluster.kill9(AGENT),
        mend: (cluster) => cluster.service(AGENT).start(),
      },
      {
        name: 'its server is frozen',
        cut: (cluster) => process.kill(cluster.service(SERVER).pid, 'SIGSTOP'),
        mend: (cluster) => void process.kill(cluster.service(SERVER).pid, 'SIGCONT'),
      },
      {
        name: "the node's agent is frozen",
        cut: (cluster) => process.kill(cluster.service(AGENT).pid, 'SIGSTOP'),
        mend: (cluster) => void process.kill(cluster.service(AGENT).pid, 'SIGCONT'),
      },
    ];
    // HTTP CONNECT fails alike over either.
    for (const { name, cut, mend } of mode === 'http-connect' && socket !== undefined ? [] : losses)
      suite.test(
        `when ${name}, requests fail in time and name the tunnel; then all is well again`,
        async (cluster) => {
          const { namespace, name: pod } = server;
          await cut(cluster);
          for (const args of [
            ['logs', pod],
            ['exec', pod, '--', 'true'],
          ]) {
            const startMs = performance.now();
            const { stderr, exitCode } = await cluster.kubectl('1.36', '-n', namespace, ...args);
            expect(performance.now() - startMs).toBeLessThan(PATIENCE_MS);
            expect(exitCode).toBe(1);
            expect(stderr).toContain('konnectivity: dial tcp ');
            expect(stderr).toContain(`through ${through}: `);
          }
          mend(cluster);
          await eventuallyPasses(() => NODE_TRAFFIC['exec']!(cluster, server, marker('again')));
        },
      );

    suite.test('a stream that runs ends when its tunnel is lost', async (cluster) => {
      const { namespace, name: pod, greeting } = server;
      const follow = cluster.startKubectl('1.36', '-n', namespace, 'logs', '-f', pod);
      await eventually(() => follow.stdout.includes(greeting));
      await cluster.kill9(AGENT);
      const startMs = performance.now();
      await follow.ended();
      expect(performance.now() - startMs).toBeLessThan(PATIENCE_MS);
      cluster.service(AGENT).start();
      await eventuallyPasses(() => NODE_TRAFFIC['logs']!(cluster, server, ''));
    });
  });

/** The same server with its front end on a unix socket. */
function overSocket(argv: Argv, mode: string, socket: string): Argv {
  const replaced = /^--(server-(bind-address|port|cert|key|ca-cert)|mode)$/;
  const kept = argv.filter((word, index) => !replaced.test(word) && !replaced.test(argv[index - 1] ?? ''));
  return [...kept, '--mode', mode, '--uds-name', socket, '--server-port', '0'];
}

function configurationOf(protocol: string, socket: string): string {
  return `apiVersion: apiserver.k8s.io/v1beta1
kind: EgressSelectorConfiguration
egressSelections:
- name: cluster
  connection: {proxyProtocol: ${protocol}, transport: {uds: {udsName: ${socket}}}}
`;
}
