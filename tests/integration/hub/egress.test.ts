import { afterAll, afterEach, beforeAll, describe, expect } from 'bun:test';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeyFiles } from '@hawser/config';
import { ConnectProxy } from '@hawser/tunnel-konnectivity/testing';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually } from '../../cluster/eventually.ts';
import { authorityOf, foreignAuthority, issue } from '../../cluster/identities.ts';
import { ProxyBackend } from '../../cluster/proxy-backend.ts';
import { CORE, makePod, makeService, makeSlice, podRef } from '../../cluster/proxy-objects.ts';
import { StandInKubelet } from '../../cluster/stand-in-kubelet.ts';
import { requestUpgrade, WEB_SOCKET_HEADERS } from '../../cluster/upgrade-request.ts';
import type { Json } from '../../cluster/wire-client.ts';

/** Addresses of a documentation network, and a name, that lead nowhere except through the proxy. */
const KUBELET = '192.0.2.10';
const NAMED = 'named-node.invalid';
const POD = '192.0.2.20';
/** How long a user may be kept waiting by a tunnel that is not there. */
const PATIENCE_MS = 5_000;

const directory = mkdtempSync(join(tmpdir(), 'hawser-test-egress-'));
afterAll(() => rmSync(directory, { recursive: true }));

interface Tunnel {
  readonly name: string;
  /** Puts a configuration at the path that the hub was told. */
  readonly configure: (fromInit: string, path: string) => void;
  readonly start: (cluster: Cluster) => Promise<ConnectProxy>;
  /** As messages call the front end. */
  readonly through: (cluster: Cluster) => string;
}

const socketPath = join(directory, 'front-end.socket');
const pem = ({ certificate, key }: KeyFiles) => ({
  cert: readFileSync(certificate, 'utf8'),
  key: readFileSync(key, 'utf8'),
});

const TUNNELS: Tunnel[] = [
  {
    name: 'TCP and TLS',
    configure: (fromInit, path) => copyFileSync(fromInit, path),
    start: ({ layout: { konnectivityPki }, ports }) =>
      ConnectProxy.start({
        port: ports.konnectivityFrontEnd,
        tls: {
          ...pem(konnectivityPki.server),
          ca: readFileSync(konnectivityPki.ca.certificate, 'utf8'),
        },
      }),
    through: ({ ports }) => `https://127.0.0.1:${ports.konnectivityFrontEnd}`,
  },
  {
    name: 'a unix socket',
    configure: (_fromInit, path) =>
      writeFileSync(
        path,
        `apiVersion: apiserver.k8s.io/v1beta1
kind: EgressSelectorConfiguration
egressSelections:
- name: cluster
  connection: {proxyProtocol: HTTPConnect, transport: {uds: {udsName: ${socketPath}}}}
`,
      ),
    start: () => ConnectProxy.start({ path: socketPath }),
    through: () => `unix://${socketPath}`,
  },
];

for (const [index, tunnel] of TUNNELS.entries())
  describe(`through a front end by ${tunnel.name}`, () => {
    const path = join(directory, `egress-${index}.yaml`);
    const hub = shareCluster({
      flags: { apiserver: ['--egress-selector-config-file', path] },
      prepare: ({ konnectivity }) => tunnel.configure(konnectivity.egressSelectorConfiguration, path),
    });
    let proxy: ConnectProxy;
    let kubelet: StandInKubelet;
    let named: StandInKubelet;
    let web: ProxyBackend;

    beforeAll(async () => {
      const { cluster } = hub;
      proxy = await tunnel.start(cluster);
      const declared: Json = { declaredFeatures: ['ExtendWebSocketsToKubelet'] };
      kubelet = await StandInKubelet.start(cluster, 'far', `127.0.1.${91 + index}`, declared, KUBELET);
      named = await StandInKubelet.start(cluster, 'named', `127.0.1.${93 + index}`, declared, NAMED);
      web = await ProxyBackend.start(`127.0.1.${95 + index}`);
      await cluster.admin.post(`${CORE}/serviceaccounts`, { metadata: { name: 'default' } });
      await makePod(cluster, 'web', POD, { spec: { ports: [{ containerPort: 8080 }] } });
      for (const { nodeName } of [kubelet, named])
        await cluster.admin.post(`${CORE}/pods`, {
          metadata: { name: `on-${nodeName}` },
          spec: { nodeName, containers: [{ name: 'main', image: 'host', command: ['true'] }] },
        });
      await makeService(cluster, 'web', { ports: [{ port: 80 }] });
      const endpoints = [{ addresses: [POD], targetRef: podRef('web') }];
      await makeSlice(cluster, 'web', { ports: [{ port: 8080 }], endpoints });
      lead();
    });
    afterEach(lead);
    afterAll(async () => {
      for (const each of [proxy, kubelet, named, web]) await each?.[Symbol.asyncDispose]();
    });

    /** As it should be, whatever a test has changed. */
    function lead(): void {
      proxy.answer = undefined;
      proxy.stalls = false;
      proxy.targets = {
        [`${KUBELET}:10250`]: { host: `127.0.1.${91 + index}`, port: kubelet.port },
        [`${NAMED}:10250`]: { host: `127.0.1.${93 + index}`, port: named.port },
        [`${POD}:8080`]: { host: `127.0.1.${95 + index}`, port: web.port },
      };
    }

    const asked: { name: string; path: string; text: string; target: string }[] = [
      {
        name: 'logs',
        path: `${CORE}/pods/on-far/log`,
        text: 'kubelet /containerLogs/default/on-far/main',
        target: `${KUBELET}:10250`,
      },
      {
        name: 'logs of a node that is known by name only, which the hub does not look up',
        path: `${CORE}/pods/on-named/log`,
        text: 'kubelet /containerLogs/default/on-named/main',
        target: `${NAMED}:10250`,
      },
      {
        name: 'the proxy of a node',
        path: '/api/v1/nodes/far/proxy/healthz',
        text: 'kubelet /healthz',
        target: `${KUBELET}:10250`,
      },
      {
        name: 'the proxy of a pod, in plain HTTP',
        path: `${CORE}/pods/web/proxy/`,
        text: 'hello',
        target: `${POD}:8080`,
      },
      {
        name: 'the proxy of a service, in plain HTTP',
        path: `${CORE}/services/web/proxy/`,
        text: 'hello',
        target: `${POD}:8080`,
      },
    ];
    for (const { name, path, text, target } of asked)
      hub.test(`goes ${name}, and leaves no connection behind`, async ({ admin }) => {
        const answer = await admin.get(path);
        expect([answer.status, answer.text]).toEqual([200, text]);
        expect(proxy.asked.at(-1)).toBe(target);
        await eventually(() => proxy.tunnels === 0);
      });

    const streams: { name: string; path: string }[] = [
      { name: 'exec', path: `${CORE}/pods/on-far/exec?command=id&stdout=1` },
      { name: 'port-forward', path: `${CORE}/pods/on-far/portforward` },
      { name: 'an upgrade through the proxy of a pod', path: `${CORE}/pods/web/proxy/ws` },
    ];
    for (const { name, path } of streams) {
      hub.test(`goes ${name}, with what either side says and its end`, async ({ admin }) => {
        const { status, socket } = await requestUpgrade(admin, 'GET', path, WEB_SOCKET_HEADERS);
        expect(status).toBe(101);
        const sent = Buffer.alloc(300_000, 'x');
        let length = path.includes('/proxy/') ? 0 : -'hello'.length;
        socket!.on('data', (chunk: Buffer) => {
          length += chunk.length;
        });
        socket!.write(sent);
        await eventually(() => length === sent.length);
        socket!.destroy();
        await eventually(() => proxy.tunnels === 0);
      });

      hub.test(`loses ${name} when the tunnel is lost`, async ({ admin }) => {
        const { status, socket } = await requestUpgrade(admin, 'GET', path, WEB_SOCKET_HEADERS);
        expect(status).toBe(101);
        const closed = once(socket!.resume(), 'close');
        proxy.cut();
        await closed;
      });
    }

    hub.test('a node that is known by name only is no target of plain HTTP', async ({ admin }) => {
      const before = proxy.asked.length;
      const answer = await admin.get('/api/v1/nodes/named:9100/proxy/metrics');
      expect([answer.status, answer.json.message]).toEqual([400, 'address not allowed']);
      expect(proxy.asked).toHaveLength(before);
    });

    const failing: { name: string; path: string; code: number; begins: (cluster: Cluster) => string }[] = [
      {
        name: 'logs',
        path: `${CORE}/pods/on-far/log`,
        code: 500,
        begins: (cluster) =>
          `Get "https://${KUBELET}:10250/containerLogs/default/on-far/main": konnectivity: dial tcp ${KUBELET}:10250 through ${tunnel.through(cluster)}: `,
      },
      {
        name: 'exec',
        path: `${CORE}/pods/on-far/exec?command=id&stdout=1`,
        code: 500,
        begins: (cluster) =>
          `error dialing backend: konnectivity: dial tcp ${KUBELET}:10250 through ${tunnel.through(cluster)}: `,
      },
      {
        name: 'proxies',
        path: `${CORE}/services/web/proxy/`,
        code: 503,
        begins: (cluster) =>
          `error trying to reach service: konnectivity: dial tcp ${POD}:8080 through ${tunnel.through(cluster)}: `,
      },
    ];
    for (const { name, path, code, begins } of failing) {
      const ask = async (cluster: Cluster) => {
        const startMs = Date.now();
        if (!path.includes('/exec')) {
          const { status, json } = await cluster.admin.get(path);
          return { status, json, elapsedMs: Date.now() - startMs };
        }
        const { status, text } = await requestUpgrade(cluster.admin, 'GET', path, WEB_SOCKET_HEADERS);
        return { status, json: JSON.parse(text), elapsedMs: Date.now() - startMs };
      };

      hub.test(`${name} say so when the server refuses`, async (cluster) => {
        proxy.targets = {};
        const { status, json } = await ask(cluster);
        expect(status).toBe(code);
        expect(json.message).toStartWith(begins(cluster));
        expect(json.message).toContain('currently no tunnels available');
      });

      hub.test(
        `${name} say so in time when the server is frozen, and work when it is not`,
        async (cluster) => {
          proxy.answer = '';
          const { status, json, elapsedMs } = await ask(cluster);
          expect(status).toBe(code);
          expect(json.message).toBe(`${begins(cluster)}i/o timeout`);
          expect(elapsedMs).toBeLessThan(PATIENCE_MS);
          lead();
          expect((await cluster.admin.get(`${CORE}/pods/on-far/log`)).status).toBe(200);
        },
      );

      hub.test(`${name} say so when the tunnel is lost before the target has answered`, async (cluster) => {
        proxy.answer = 'HTTP/1.1 200 Connection Established\r\n\r\n';
        const { status, json } = await ask(cluster);
        expect(status).toBe(code);
        expect(json.message).toEndWith(`(through konnectivity ${tunnel.through(cluster)})`);
      });
    }

    hub.test('a tunnel that freezes once it is made is named in time', async (cluster) => {
      proxy.stalls = true;
      const startMs = Date.now();
      const { status, json } = await cluster.admin.get(`${CORE}/pods/on-far/log`);
      expect(Date.now() - startMs).toBeLessThan(PATIENCE_MS);
      expect(status).toBe(500);
      expect(json.message).toEndWith(
        `tls: failed to verify ${KUBELET}: handshake timeout (through konnectivity ${tunnel.through(cluster)})`,
      );
      await eventually(() => proxy.tunnels === 0);
    });

    const typed: { name: string; args: string[] }[] = [
      { name: 'logs', args: ['logs', 'on-far'] },
      { name: 'exec', args: ['exec', 'on-far', '--', 'id'] },
      { name: 'port-forward', args: ['port-forward', 'pod/on-far', ':80'] },
    ];
    // It asks twice where it is refused a WebSocket.
    for (const { name, args } of index === 0 ? typed : [])
      hub.test(`kubectl ${name} ends in time, and names a tunnel that is frozen`, async (cluster) => {
        proxy.answer = '';
        const status = { phase: 'Running' };
        await cluster.admin.patch(`${CORE}/pods/on-far/status`, 'merge', { status });
        const startMs = Date.now();
        const { exitCode, stderr } = await cluster.kubectl('1.36', ...args);
        expect(Date.now() - startMs).toBeLessThan(PATIENCE_MS);
        expect(exitCode).toBe(1);
        expect(stderr).toContain(`through ${tunnel.through(cluster)}: i/o timeout`);
      });

    hub.test(
      'a server that is gone is named at once, and used again as soon as it is back',
      async (cluster) => {
        await proxy[Symbol.asyncDispose]();
        const { status, json } = await cluster.admin.get(`${CORE}/pods/on-far/log`);
        expect(status).toBe(500);
        expect(json.message).toContain(`through ${tunnel.through(cluster)}: connect E`);
        rmSync(socketPath, { force: true });
        proxy = await tunnel.start(cluster);
        lead();
        expect((await cluster.admin.get(`${CORE}/pods/on-far/log`)).status).toBe(200);
      },
    );

    hub.test("the metrics have upstream's names, and the log says which way", async (cluster) => {
      const { text } = await cluster.admin.get('/metrics');
      const labels = `protocol="http_connect",transport="${index === 0 ? 'tcp' : 'uds'}"`;
      for (const line of [
        `apiserver_egress_dialer_dial_start_total{${labels}}`,
        `apiserver_egress_dialer_dial_duration_seconds_count{${labels}}`,
        `apiserver_egress_dialer_dial_failure_count{${labels},stage="connect"}`,
        `apiserver_egress_dialer_dial_failure_count{${labels},stage="proxy"}`,
      ])
        expect(text).toMatch(new RegExp(`^${line.replace(/[{}]/g, '\\$&')} [1-9]`, 'm'));
      const log = readFileSync(join(cluster.layout.logs, 'apiserver.log'), 'utf8');
      expect(log).toContain('egress: the way to nodes, pods and services');
      expect(log).toContain(`"through":"${tunnel.through(cluster)}"`);
    });

    if (index === 0)
      hub.test('a server that another CA vouches for is refused, and asked for nothing', async (cluster) => {
        await proxy[Symbol.asyncDispose]();
        const { konnectivityPki } = cluster.layout;
        const subject = { commonName: 'konnectivity-server', sans: { ipAddresses: ['127.0.0.1'] } };
        const ca = readFileSync(konnectivityPki.ca.certificate, 'utf8');
        const port = cluster.ports.konnectivityFrontEnd;
        {
          const impostor = issue(foreignAuthority(), subject);
          await using stranger = await ConnectProxy.start({ port, tls: { ...impostor, ca } });
          const { status, json } = await cluster.admin.get(`${CORE}/pods/on-far/log`);
          expect(status).toBe(500);
          expect(json.message).toContain('tls: failed to verify 127.0.0.1');
          expect(stranger.asked).toEqual([]);
        }
        {
          const elsewhere = issue(authorityOf(konnectivityPki.ca), {
            ...subject,
            sans: { ipAddresses: ['127.0.0.9'] },
          });
          await using stranger = await ConnectProxy.start({ port, tls: { ...elsewhere, ca } });
          const { json } = await cluster.admin.get(`${CORE}/pods/on-far/log`);
          expect(json.message).toContain('tls: failed to verify 127.0.0.1');
          expect(stranger.asked).toEqual([]);
        }
        proxy = await tunnel.start(cluster);
      });
  });
