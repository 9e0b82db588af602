import { afterAll, expect } from 'bun:test';
import { eventually, eventuallyPasses } from '../../cluster/eventually.ts';
import { type NetworkedCluster, shareNetwork } from '../network-suite.ts';
import { ServiceUnderTest } from './service-objects.ts';
import { BACKEND_PORT, ServiceScene } from './service-scene.ts';

/** A way in which kube-proxy serves virtual IPs. */
export interface ServiceMode {
  readonly mode: 'nftables' | 'userspace';
  /** What of kube-proxy's own is found on the node; empty when nothing is left. */
  leftOvers(scene: ServiceScene): string;
}

type Body = (scene: ServiceScene, cluster: NetworkedCluster) => Promise<void>;

/** Suites of one mode share the tests below; each may add its own. */
export interface ServiceSuite {
  test(name: string, body: Body, timeoutMs?: number): void;
}

/** One cluster with one node in this mode, and hosts around it. */
export function shareServiceScene(mode: ServiceMode['mode'] | 'auto'): ServiceSuite {
  const flags = ['--proxy-mode', mode, '--nftables-min-sync-period', '50ms', '--nftables-sync-period', '1s'];
  const suite = shareNetwork({ nodes: 1, flags: { 'kube-proxy': flags } });
  let scene: ServiceScene | undefined;
  afterAll(async () => {
    await scene?.[Symbol.asyncDispose]();
  });
  return {
    test: (name, body, timeoutMs) =>
      suite.test(
        name,
        async (cluster) => {
          scene ??= await ServiceScene.set(cluster);
          await body(scene, cluster);
        },
        timeoutMs,
      ),
  };
}

const both = new Set(['a', 'b']);
const targetPort = BACKEND_PORT;

/** Declares what holds in every mode. */
export function declareServiceTests({ test }: ServiceSuite, { mode, leftOvers }: ServiceMode): void {
  test('/proxyMode says the mode, /healthz that all is well, /metrics that there were syncs', async (scene) => {
    await eventually(() => scene.asked('/proxyMode') === mode);
    expect(JSON.parse(scene.asked('/healthz'))).toMatchObject({ nodeEligible: true });
    await eventually(() =>
      /^kubeproxy_sync_proxy_rules_last_timestamp_seconds\{ip_family="IPv4"\} \d/m.test(
        scene.asked('/metrics'),
      ),
    );
  });

  test('a ClusterIP leads to all endpoints, from the node’s own processes and from elsewhere', async (scene, cluster) => {
    const service = await ServiceUnderTest.create(cluster, { targetPort }, scene.endpoints);
    for (const host of [scene.node, scene.outside])
      await eventuallyPasses(async () => {
        expect(await host.names(service.clusterIP, 80)).toEqual(both);
      });
    const [told] = await scene.outside.ask(service.clusterIP, 80);
    // It must come back by the node, whatever way the endpoint has to the client.
    expect(told).toMatchObject({ from: scene.nodeAddress });
  });

  test('a NodePort leads to all endpoints, from the node itself and from outside', async (scene, cluster) => {
    const service = await ServiceUnderTest.create(
      cluster,
      { targetPort, spec: { type: 'NodePort', ports: [{ port: 80, targetPort }] } },
      scene.endpoints,
    );
    for (const host of [scene.node, scene.outside])
      await eventuallyPasses(async () => {
        expect(await host.names(scene.nodeAddress, service.nodePort)).toEqual(both);
      });
  });

  test('UDP is carried both ways, by ClusterIP and by NodePort', async (scene, cluster) => {
    const service = await ServiceUnderTest.create(
      cluster,
      {
        targetPort,
        protocol: 'UDP',
        spec: { type: 'NodePort', ports: [{ port: 80, targetPort, protocol: 'UDP' }] },
      },
      scene.endpoints,
    );
    for (const host of [scene.node, scene.outside])
      await eventuallyPasses(async () => {
        expect(await host.names(service.clusterIP, 80, { protocol: 'UDP' })).toEqual(both);
        expect(await host.names(scene.nodeAddress, service.nodePort, { protocol: 'UDP' })).toEqual(both);
      });
  });

  test('a UDP client that keeps its port goes elsewhere when its endpoint is gone', async (scene, cluster) => {
    const options = { targetPort, protocol: 'UDP' } as const;
    const service = await ServiceUnderTest.create(cluster, options, [scene.aEndpoint]);
    const ask = async () => {
      const asking = { protocol: 'UDP', localPort: 4_711, timeoutMs: 300 } as const;
      return (await scene.node.ask(service.clusterIP, 80, asking))[0]!.name;
    };
    await eventually(async () => (await ask()) === 'a');
    await service.setEndpoints([scene.bEndpoint]);
    await eventually(async () => (await ask()) === 'b', 5_000);
  });

  test('without an endpoint a client is refused at once, and served when one comes', async (scene, cluster) => {
    const spec = { type: 'NodePort', ports: [{ port: 80, targetPort }] };
    const service = await ServiceUnderTest.create(cluster, { targetPort, spec }, []);
    for (const host of [scene.node, scene.outside])
      for (const [address, port] of [
        [service.clusterIP, 80],
        [scene.nodeAddress, service.nodePort],
      ] as const)
        await eventuallyPasses(async () => {
          const [told] = await host.ask(address, port);
          expect(told).toMatchObject({ error: 'ECONNREFUSED' });
          expect(told!.tookMs).toBeLessThan(500);
        });
    await service.setEndpoints([{ ...scene.aEndpoint, conditions: { ready: false } }]);
    const [unready] = await scene.node.ask(service.clusterIP, 80);
    expect(unready).toMatchObject({ error: 'ECONNREFUSED' });
    await service.setEndpoints([scene.aEndpoint]);
    await eventuallyPasses(async () => {
      expect(await scene.outside.names(service.clusterIP, 80)).toEqual(new Set(['a']));
    });
  });

  test('where no endpoint is ready those that serve while they terminate are used', async (scene, cluster) => {
    const leaving = { ready: false, serving: true, terminating: true };
    const service = await ServiceUnderTest.create(cluster, { targetPort }, [
      { ...scene.aEndpoint, conditions: leaving },
      { ...scene.bEndpoint, conditions: { ready: false, serving: false, terminating: true } },
    ]);
    await eventuallyPasses(async () => {
      expect(await scene.node.names(service.clusterIP, 80)).toEqual(new Set(['a']));
    });
    await service.setEndpoints([{ ...scene.aEndpoint, conditions: leaving }, scene.bEndpoint]);
    await eventuallyPasses(async () => {
      expect(await scene.node.names(service.clusterIP, 80)).toEqual(new Set(['b']));
    });
  });

  test('session affinity keeps a client at its endpoint until it has been away for long enough', async (scene, cluster) => {
    const affinity = (timeoutSeconds: number) => ({
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds } },
    });
    const lasting = await ServiceUnderTest.create(
      cluster,
      { targetPort, spec: { ports: [{ port: 80, targetPort }], ...affinity(60) } },
      scene.endpoints,
    );
    await eventually(async () => (await scene.node.names(lasting.clusterIP, 80, { count: 1 })).size === 1);
    const [kept] = [...(await scene.node.names(lasting.clusterIP, 80))];
    expect(await scene.node.names(lasting.clusterIP, 80, { count: 60 })).toEqual(new Set([kept!]));
    // A change of other endpoints is none of its business; its own endpoint's end is.
    const [own, other] = kept === 'a' ? scene.endpoints : scene.endpoints.toReversed();
    await lasting.setEndpoints([other!]);
    const rest = new Set(kept === 'a' ? ['b'] : ['a']);
    await eventuallyPasses(async () => {
      expect(await scene.node.names(lasting.clusterIP, 80, { count: 5 })).toEqual(rest);
    });
    await lasting.setEndpoints([own!, other!]);
    await eventually(() => scene.asked('/metrics') !== '');
    expect(await scene.node.names(lasting.clusterIP, 80, { count: 60 })).toEqual(rest);
    const brief = await ServiceUnderTest.create(
      cluster,
      { targetPort, spec: { ports: [{ port: 80, targetPort }], ...affinity(1) } },
      scene.endpoints,
    );
    const seen = new Set<string>();
    await eventually(async () => {
      for (const name of await scene.node.names(brief.clusterIP, 80, { count: 1 })) seen.add(name);
      // Away for longer than a second each time.
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      return seen.size === 2;
    }, 40_000);
  });

  test('connections outlive the removal of their endpoint from the Service, new ones go elsewhere', async (scene, cluster) => {
    const service = await ServiceUnderTest.create(cluster, { targetPort }, [scene.aEndpoint]);
    for (const host of [scene.node, scene.outside]) {
      await service.setEndpoints([scene.aEndpoint]);
      await eventuallyPasses(async () => {
        expect(await host.names(service.clusterIP, 80)).toEqual(new Set(['a']));
      });
      const connection = await host.open(service.clusterIP, 80);
      await service.setEndpoints([scene.bEndpoint]);
      await eventuallyPasses(async () => {
        expect(await host.names(service.clusterIP, 80)).toEqual(new Set(['b']));
      });
      expect({ name: connection.name, still: await connection.say('here?') }).toEqual({
        name: 'a',
        still: 'here?',
      });
    }
  });

  test('endpoints come and go under load and not one connection fails', async (scene, cluster) => {
    const service = await ServiceUnderTest.create(cluster, { targetPort }, scene.endpoints);
    // Not asked at first: what was sent to an address that nobody knew is remembered, its port of no use for a while.
    await eventually(() => leftOvers(scene).includes(service.clusterIP));
    await eventually(async () => (await scene.node.names(service.clusterIP, 80)).size === 2);
    const load = [
      scene.node.load(service.clusterIP, 80, 4_000),
      scene.outside.load(service.clusterIP, 80, 4_000),
    ];
    for (let i = 0; i < 20; i += 1) {
      await service.setEndpoints([scene.endpoints[i % 2]!]);
      await service.setEndpoints(scene.endpoints);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    for (const counts of await Promise.all(load)) {
      expect(Object.keys(counts).sort()).toEqual(['a', 'b']);
      expect(counts['a']! + counts['b']!).toBeGreaterThan(200);
    }
  });

  test('what is deleted is served no more', async (scene, cluster) => {
    const service = await ServiceUnderTest.create(
      cluster,
      { targetPort, spec: { type: 'NodePort', ports: [{ port: 80, targetPort }] } },
      scene.endpoints,
    );
    await eventually(async () => (await scene.outside.names(scene.nodeAddress, service.nodePort)).size === 2);
    await service.delete();
    await eventuallyPasses(async () => {
      const told = [
        ...(await scene.outside.ask(scene.nodeAddress, service.nodePort)),
        ...(await scene.node.ask(service.clusterIP, 80, { timeoutMs: 300 })),
      ];
      expect(told.map(({ name }) => name)).toEqual([undefined, undefined]);
    });
    expect(leftOvers(scene)).not.toContain(service.clusterIP);
  });

  test('after kill -9 of kube-proxy another one takes over what stands, and follows what has changed', async (scene, cluster) => {
    const service = await ServiceUnderTest.create(cluster, { targetPort }, [scene.aEndpoint]);
    await eventually(async () => (await scene.node.names(service.clusterIP, 80)).size === 1);
    const doomed = await ServiceUnderTest.create(cluster, { targetPort }, [scene.aEndpoint]);
    await eventually(async () => (await scene.node.names(doomed.clusterIP, 80)).size === 1);
    await cluster.kill9('kube-proxy-1');
    await doomed.delete();
    await service.setEndpoints([scene.bEndpoint]);
    cluster.service('kube-proxy-1').start();
    await eventuallyPasses(async () => {
      expect(await scene.node.names(service.clusterIP, 80)).toEqual(new Set(['b']));
      expect(leftOvers(scene)).not.toContain(doomed.clusterIP);
    });
  });

  test('while the hub is away virtual IPs work on, also those of a kube-proxy that starts then', async (scene, cluster) => {
    const service = await ServiceUnderTest.create(cluster, { targetPort }, scene.endpoints);
    await eventually(async () => (await scene.node.names(service.clusterIP, 80)).size === 2);
    await cluster.kill9('apiserver');
    expect(await scene.node.names(service.clusterIP, 80)).toEqual(both);
    cluster.service('apiserver').start();
    await cluster.hubReady();
    await service.setEndpoints([scene.bEndpoint]);
    await eventuallyPasses(async () => {
      expect(await scene.node.names(service.clusterIP, 80)).toEqual(new Set(['b']));
    }, 30_000);
  });

  test('the hub is reached at its virtual IP, and its certificate is verified for that', async (scene, cluster) => {
    const ca = cluster.layout.pki.ca.certificate;
    const ask = 'const [, url, file] = process.argv; const ca = await Bun.file(file).text();';
    const script = `${ask} console.log(await (await fetch(url, { tls: { ca } })).text())`;
    for (const host of ['node-1', 'outside'])
      await eventuallyPasses(() => {
        const argv = [process.execPath, '-e', script, 'https://10.96.0.1:443/version', ca];
        const answer = cluster.network.in(cluster.network.namespaceOf(host), argv);
        expect(JSON.parse(answer)).toMatchObject({ major: '1' });
      });
    expect(scene.asked('/proxyMode')).toBe(mode);
  });

  test('an endpoint on the node itself serves the node, others, and under policy Local alone', async (scene, cluster) => {
    await scene.node.serve('n', BACKEND_PORT);
    const own = { address: scene.nodeAddress, nodeName: 'node-1' };
    const spec = { type: 'NodePort', ports: [{ port: 80, targetPort }], externalTrafficPolicy: 'Local' };
    const service = await ServiceUnderTest.create(cluster, { targetPort, spec }, [own, scene.aEndpoint]);
    await eventuallyPasses(async () => {
      expect(await scene.outside.names(scene.nodeAddress, service.nodePort)).toEqual(new Set(['n']));
      // The node's own processes are served as if they came by a load balancer: by all.
      expect(await scene.node.names(scene.nodeAddress, service.nodePort)).toEqual(new Set(['n', 'a']));
      expect(await scene.outside.names(service.clusterIP, 80)).toEqual(new Set(['n', 'a']));
    });
    await service.setEndpoints([scene.aEndpoint]);
    await eventuallyPasses(async () => {
      const [told] = await scene.outside.ask(scene.nodeAddress, service.nodePort, { timeoutMs: 300 });
      expect(told!.name).toBeUndefined();
      expect(await scene.node.names(scene.nodeAddress, service.nodePort)).toEqual(new Set(['a']));
    });
    const local = { targetPort, spec: { ports: [{ port: 80, targetPort }], internalTrafficPolicy: 'Local' } };
    const inside = await ServiceUnderTest.create(cluster, local, [own, scene.aEndpoint]);
    await eventuallyPasses(async () => {
      expect(await scene.outside.names(inside.clusterIP, 80)).toEqual(new Set(['n']));
    });
    await scene.node.unserve(BACKEND_PORT);
  });

  test('load balancers hear at the health check node port whether the node has endpoints', async (scene, cluster) => {
    const spec = {
      type: 'LoadBalancer',
      ports: [{ port: 80, targetPort }],
      externalTrafficPolicy: 'Local',
    };
    const own = { address: scene.nodeAddress, nodeName: 'node-1' };
    const service = await ServiceUnderTest.create(cluster, { targetPort, spec }, [own, scene.aEndpoint]);
    const url = `http://${scene.nodeAddress}:${service.object.spec.healthCheckNodePort}/`;
    const ask = () => JSON.parse(cluster.network.fetchFrom('outside', url));
    const asked = { service: { name: 'web' }, serviceProxyHealthy: true };
    await eventuallyPasses(() => expect(ask()).toMatchObject({ ...asked, localEndpoints: 1 }));
    await service.setEndpoints([scene.aEndpoint]);
    await eventuallyPasses(() => expect(ask()).toMatchObject({ ...asked, localEndpoints: 0 }));
  });

  test('Services of another proxy are left alone, and a headless one has nothing to serve', async (scene, cluster) => {
    const theirs = await ServiceUnderTest.create(cluster, { targetPort }, scene.endpoints);
    const ours = await ServiceUnderTest.create(cluster, { targetPort }, scene.endpoints);
    for (const service of [theirs, ours])
      await eventually(async () => (await scene.node.names(service.clusterIP, 80)).size === 2);
    await theirs.label({ 'service.kubernetes.io/service-proxy-name': 'another' });
    await eventually(() => !leftOvers(scene).includes(theirs.clusterIP));
    expect(leftOvers(scene)).toContain(ours.clusterIP);
    await theirs.label({ 'service.kubernetes.io/service-proxy-name': null });
    await eventually(async () => (await scene.node.names(theirs.clusterIP, 80)).size === 2);
  });

  test('--cleanup removes what a kube-proxy that was killed has left', async (scene, cluster) => {
    await eventually(() => leftOvers(scene).includes('10.96.0.1'));
    await cluster.kill9('kube-proxy-1');
    expect(leftOvers(scene)).toContain('10.96.0.1');
    cluster.service('kube-proxy-1').start(['--cleanup']);
    await eventually(() => !cluster.service('kube-proxy-1').running);
    expect(leftOvers(scene)).toBe('');
    cluster.service('kube-proxy-1').start();
    await eventually(() => leftOvers(scene).includes('10.96.0.1'));
  });

  test('when it is told to stop, nothing of it is left on the node', async (scene, cluster) => {
    const service = await ServiceUnderTest.create(cluster, { targetPort }, scene.endpoints);
    await eventually(async () => (await scene.node.names(service.clusterIP, 80)).size === 2);
    expect(leftOvers(scene)).toContain(service.clusterIP);
    await cluster.service('kube-proxy-1').stop();
    expect(cluster.service('kube-proxy-1').exitCode).toBe(0);
    expect(leftOvers(scene)).toBe('');
    cluster.service('kube-proxy-1').start();
    await eventually(async () => (await scene.node.names(service.clusterIP, 80)).size === 2);
  });
}
