import { describe, expect } from 'bun:test';
import { clusterTest, shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually } from '../../cluster/eventually.ts';
import { expectFailure, expectJson, namesOf } from '../../cluster/expectations.ts';
import type { Json, WireClient } from '../../cluster/wire-client.ts';

const hub = shareCluster();

const inNamespace = (namespace: string) => `/api/v1/namespaces/${namespace}/services`;
const service = (name: string, spec: Json = {}): Json => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { ports: [{ port: 80 }], ...spec },
});
const nodePort = (name: string, ...ports: Json[]): Json => service(name, { type: 'NodePort', ports });

/** Creates, and gives the answer's object. */
async function created(client: WireClient, namespace: string, object: Json): Promise<Json> {
  return expectJson(await client.post(inNamespace(namespace), object), 201);
}

describe('a Service', () => {
  hub.test('bare, reads back with everything that is filled in', async (cluster) => {
    const namespace = await cluster.namespace();
    await created(cluster.admin, namespace, service('bare', { selector: { app: 'web' } }));
    const { metadata, ...rest } = expectJson(await cluster.admin.get(`${inNamespace(namespace)}/bare`));
    const { clusterIP } = rest.spec;
    expect(clusterIP).toMatch(/^10\.96\.\d+\.\d+$/);
    expect(rest).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      spec: {
        ports: [{ protocol: 'TCP', port: 80, targetPort: 80 }],
        selector: { app: 'web' },
        clusterIP,
        clusterIPs: [clusterIP],
        type: 'ClusterIP',
        sessionAffinity: 'None',
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
        internalTrafficPolicy: 'Cluster',
      },
      status: { loadBalancer: {} },
    });
    expect(Object.keys(metadata).sort()).toEqual([
      'creationTimestamp',
      'name',
      'namespace',
      'resourceVersion',
      'uid',
    ]);
  });

  const defaults: { name: string; spec: Json; expected: Json }[] = [
    {
      name: 'with client affinity, has its timeout',
      spec: { sessionAffinity: 'ClientIP' },
      expected: { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } } },
    },
    {
      name: 'headless without a selector, may have both families',
      spec: { clusterIP: 'None' },
      expected: {
        clusterIPs: ['None'],
        ipFamilies: ['IPv4', 'IPv6'],
        ipFamilyPolicy: 'RequireDualStack',
      },
    },
    {
      name: 'headless with a selector, has one family',
      spec: { clusterIP: 'None', selector: { a: 'b' } },
      expected: { clusterIPs: ['None'], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' },
    },
    {
      name: 'with external addresses, says where traffic goes',
      spec: { externalIPs: ['203.0.113.1'] },
      expected: { externalTrafficPolicy: 'Cluster', type: 'ClusterIP' },
    },
    {
      name: 'of a preference for two families, has one',
      spec: { ipFamilyPolicy: 'PreferDualStack' },
      expected: { ipFamilies: ['IPv4'], ipFamilyPolicy: 'PreferDualStack' },
    },
  ];
  for (const { name, spec, expected } of defaults)
    hub.test(name, async (cluster) => {
      const namespace = await cluster.namespace();
      const found = await created(cluster.admin, namespace, service('s', spec));
      expect(found.spec).toMatchObject(expected);
    });

  hub.test('of type ExternalName has no address', async (cluster) => {
    const namespace = await cluster.namespace();
    const spec = { type: 'ExternalName', externalName: 'example.com', ports: undefined };
    const found = await created(cluster.admin, namespace, service('s', spec));
    expect(found.spec).toEqual({
      type: 'ExternalName',
      externalName: 'example.com',
      sessionAffinity: 'None',
    });
  });

  hub.test('of type LoadBalancer has node ports, and one for health with local traffic', async (cluster) => {
    const namespace = await cluster.namespace();
    const spec = { type: 'LoadBalancer', externalTrafficPolicy: 'Local' };
    const found = await created(cluster.admin, namespace, service('s', spec));
    expect(found.spec).toMatchObject({ allocateLoadBalancerNodePorts: true, externalTrafficPolicy: 'Local' });
    const given = [found.spec.ports[0].nodePort, found.spec.healthCheckNodePort];
    for (const port of given) expect(port).toBeWithin(30_000, 32_768);
    expect(given[0]).not.toBe(given[1]);
    const none = service('none', { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false });
    expect((await created(cluster.admin, namespace, none)).spec.ports[0].nodePort).toBeUndefined();
  });

  const warned: { name: string; spec: Json; warning: string }[] = [
    {
      name: 'headless with the address of a load balancer',
      spec: { clusterIP: 'None', loadBalancerIP: '203.0.113.1' },
      warning: 'spec.loadBalancerIP is ignored for headless services',
    },
    {
      name: 'with addresses from outside',
      spec: { externalIPs: ['203.0.113.1'] },
      warning: 'spec.externalIPs is deprecated',
    },
    {
      name: 'with an external name that it does not use',
      spec: { externalName: 'example.com' },
      warning: 'spec.externalName is ignored when spec.type is not "ExternalName"',
    },
    {
      name: 'with a preference of an old name',
      spec: { trafficDistribution: 'PreferClose' },
      warning: 'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
    },
  ];
  for (const { name, spec, warning } of warned)
    hub.test(`${name} is taken with a warning`, async (cluster) => {
      const namespace = await cluster.namespace();
      const answer = await cluster.admin.post(inNamespace(namespace), service('s', spec));
      expectJson(answer, 201);
      expect(answer.warnings).toEqual([`299 - ${JSON.stringify(warning)}`]);
    });

  hub.test('is shown as upstream shows it', async (cluster) => {
    const namespace = await cluster.namespace();
    await created(cluster.admin, namespace, nodePort('s', { port: 80, nodePort: 31_234 }));
    const table = await cluster.admin.get(inNamespace(namespace), {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    });
    const { columnDefinitions, rows } = expectJson(table);
    expect(columnDefinitions.map(({ name }: Json) => name)).toEqual([
      'Name',
      'Type',
      'Cluster-IP',
      'External-IP',
      'Port(s)',
      'Age',
      'Selector',
    ]);
    expect(rows[0].cells.slice(0, 5)).toEqual([
      's',
      'NodePort',
      expect.stringMatching(/^10\.96\./),
      '<none>',
      '80:31234/TCP',
    ]);
  });

  hub.test('answers its deletion with itself, and goes with others by selector', async (cluster) => {
    const namespace = await cluster.namespace();
    for (const name of ['a', 'b'])
      await created(cluster.admin, namespace, {
        ...service(name),
        metadata: { name, labels: { app: 'web' } },
      });
    await created(cluster.admin, namespace, service('c'));
    const last = expectJson(await cluster.admin.delete(`${inNamespace(namespace)}/c`));
    expect(last).toMatchObject({ kind: 'Service', metadata: { name: 'c' } });
    expectJson(await cluster.admin.delete(`${inNamespace(namespace)}?labelSelector=app%3Dweb`));
    expect(namesOf(expectJson(await cluster.admin.get(inNamespace(namespace))))).toEqual([]);
  });
});

describe('what is wrong with a Service is said', () => {
  const refused: { name: string; spec: Json; field: string; message: string }[] = [
    { name: 'no ports', spec: { ports: [] }, field: 'spec.ports', message: 'Required value' },
    {
      name: 'a port out of range',
      spec: { ports: [{ port: 70_000 }] },
      field: 'spec.ports[0].port',
      message: 'Invalid value: 70000: must be between 1 and 65535, inclusive',
    },
    {
      name: 'a protocol that is none',
      spec: { ports: [{ port: 1, protocol: 'tcp' }] },
      field: 'spec.ports[0].protocol',
      message: 'Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP"',
    },
    {
      name: 'two ports without names',
      spec: { ports: [{ port: 1, name: 'a' }, { port: 2 }] },
      field: 'spec.ports[1].name',
      message: 'Required value',
    },
    {
      name: 'a name twice',
      spec: {
        ports: [
          { port: 1, name: 'a' },
          { port: 2, name: 'a' },
        ],
      },
      field: 'spec.ports[1].name',
      message: 'Duplicate value: "a"',
    },
    {
      name: 'a target port that is no name',
      spec: { ports: [{ port: 1, targetPort: 'a--b' }] },
      field: 'spec.ports[0].targetPort',
      message: 'Invalid value: "a--b": must not contain consecutive hyphens',
    },
    {
      name: 'a node port without the type',
      spec: { ports: [{ port: 1, nodePort: 30_001 }] },
      field: 'spec.ports[0].nodePort',
      message: "Forbidden: may not be used when `type` is 'ClusterIP'",
    },
    {
      name: 'an address that is none',
      spec: { clusterIP: 'here' },
      field: 'spec.clusterIPs[0]',
      message: 'Invalid value: "here": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    },
    {
      name: 'an address outside the range',
      spec: { clusterIP: '10.1.2.3' },
      field: 'spec.clusterIPs',
      message:
        'Invalid value: ["10.1.2.3"]: failed to allocate IP 10.1.2.3: the provided IP (10.1.2.3) is not in the valid range. The range of valid IPs is 10.96.0.0/16',
    },
    {
      name: 'an address that is taken',
      spec: { clusterIP: '10.96.0.1' },
      field: 'spec.clusterIPs',
      message:
        'Invalid value: ["10.96.0.1"]: failed to allocate IP 10.96.0.1: provided IP is already allocated',
    },
    {
      name: 'a family that the cluster does not have',
      spec: { ipFamilies: ['IPv6'] },
      field: 'spec.ipFamilies[0]',
      message: 'Invalid value: "IPv6": not configured on this cluster',
    },
    {
      name: 'both families required',
      spec: { ipFamilyPolicy: 'RequireDualStack' },
      field: 'spec.ipFamilyPolicy',
      message: 'Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    },
    {
      name: 'a node port outside the range',
      spec: { type: 'NodePort', ports: [{ port: 1, nodePort: 80 }] },
      field: 'spec.ports[0].nodePort',
      message:
        'Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
    },
    {
      name: 'a headless node port',
      spec: { type: 'NodePort', clusterIP: 'None' },
      field: 'spec.clusterIPs[0]',
      message: `Invalid value: "None": may not be set to 'None' for NodePort services`,
    },
    {
      name: 'a loopback address from outside',
      spec: { externalIPs: ['127.0.0.1'] },
      field: 'spec.externalIPs[0]',
      message: 'Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    },
    {
      name: 'a selector that is none',
      spec: { selector: { 'a b': 'c' } },
      field: 'spec.selector',
      message: 'Invalid value: "a b": name part must consist of',
    },
    {
      name: 'a type that is none',
      spec: { type: 'Nodeport' },
      field: 'spec.type',
      message:
        'Unsupported value: "Nodeport": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    },
    {
      name: 'an external name without one',
      spec: { type: 'ExternalName' },
      field: 'spec.externalName',
      message: 'Required value',
    },
    {
      name: 'a timeout of more than a day',
      spec: { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 90_000 } } },
      field: 'spec.sessionAffinityConfig.clientIP.timeoutSeconds',
      message: 'Invalid value: 90000: must be greater than 0 and less than 86400',
    },
    {
      name: 'a port for health without need',
      spec: { healthCheckNodePort: 30_100 },
      field: 'spec.healthCheckNodePort',
      message:
        "Invalid value: 30100: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    },
    {
      name: 'traffic from outside where none comes',
      spec: { externalTrafficPolicy: 'Local' },
      field: 'spec.externalTrafficPolicy',
      message: 'Invalid value: "Local": may only be set for externally-accessible services',
    },
    {
      name: 'a range of sources without a load balancer',
      spec: { loadBalancerSourceRanges: ['10.0.0.0/8'] },
      field: 'spec.LoadBalancerSourceRanges',
      message: "Forbidden: may only be used when `type` is 'LoadBalancer'",
    },
  ];
  for (const { name, spec, field, message } of refused)
    hub.test(name, async (cluster) => {
      const namespace = await cluster.namespace();
      const status = expectFailure(
        await cluster.admin.post(inNamespace(namespace), service('s', spec)),
        422,
        'Invalid',
      );
      const cause = status.details.causes.find((one: Json) => one.field === field);
      expect(cause?.message).toStartWith(message);
      expect(status.details).toMatchObject({ name: 's', kind: 'Service' });
    });

  hub.test('a name that is no label', async (cluster) => {
    const namespace = await cluster.namespace();
    const answer = await cluster.admin.post(inNamespace(namespace), service('a.b'));
    expect(expectFailure(answer, 422, 'Invalid').details.causes[0].field).toBe('metadata.name');
    expectJson(await cluster.admin.post(inNamespace(namespace), service('1st')), 201);
  });
});

describe('a change of a Service', () => {
  const changes: { name: string; spec: Json; change: Json; field: string; message: string }[] = [
    {
      name: 'cannot change its address',
      spec: { clusterIP: '10.96.0.20' },
      change: { clusterIP: '10.96.0.21', clusterIPs: ['10.96.0.21'] },
      field: 'spec.clusterIPs[0]',
      message: 'Invalid value: ["10.96.0.21"]: may not change once set',
    },
    {
      name: 'cannot make it headless',
      spec: {},
      change: { clusterIP: 'None' },
      field: 'spec.clusterIPs[0]',
      message: 'Invalid value: ["None"]: may not change once set',
    },
    {
      name: 'cannot give a headless one an address',
      spec: { clusterIP: 'None', selector: { a: 'b' } },
      change: { clusterIP: '10.96.0.22' },
      field: 'spec.clusterIPs[0]',
      message: 'Invalid value: ["10.96.0.22"]: may not change once set',
    },
    {
      name: 'cannot change the class of a load balancer',
      spec: { type: 'LoadBalancer', loadBalancerClass: 'example.com/a' },
      change: { loadBalancerClass: 'example.com/b' },
      field: 'spec.loadBalancerClass',
      message: 'Invalid value: "example.com/b": may not change once set',
    },
    {
      name: 'cannot change the port for health',
      spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local' },
      change: { healthCheckNodePort: 30_099 },
      field: 'spec.healthCheckNodePort',
      message: 'Forbidden: field is immutable',
    },
  ];
  for (const { name, spec, change, field, message } of changes)
    hub.test(name, async (cluster) => {
      const namespace = await cluster.namespace();
      await created(cluster.admin, namespace, service('s', spec));
      const path = `${inNamespace(namespace)}/s`;
      const answer = await cluster.admin.patch(path, 'merge', { spec: change });
      const status = expectFailure(answer, 422, 'Invalid');
      expect(status.details.causes).toEqual([{ reason: expect.any(String), field, message }]);
    });

  hub.test('that does not name what was given out keeps it', async (cluster) => {
    const namespace = await cluster.namespace();
    const first = await created(cluster.admin, namespace, nodePort('s', { port: 80, name: 'http' }));
    const manifest = nodePort('s', { port: 8080, name: 'http' });
    const second = expectJson(await cluster.admin.put(`${inNamespace(namespace)}/s`, manifest));
    expect(second.spec.clusterIP).toBe(first.spec.clusterIP);
    expect(second.spec.ports).toEqual([{ ...first.spec.ports[0], port: 8080, targetPort: 8080 }]);
  });

  hub.test('of its type takes and gives back', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = `${inNamespace(namespace)}/s`;
    const change = async (spec: Json) =>
      (expectJson(await cluster.admin.patch(path, 'merge', { spec })) as Json).spec;
    const { spec: first } = await created(
      cluster.admin,
      namespace,
      service('s', { clusterIP: '10.96.0.30' }),
    );
    const exposed = await change({ type: 'NodePort' });
    expect(exposed.clusterIP).toBe(first.clusterIP);
    const given = exposed.ports[0].nodePort;
    expect(given).toBeWithin(30_086, 32_768);
    expect(exposed.externalTrafficPolicy).toBe('Cluster');
    const back = await change({ type: 'ClusterIP' });
    expect(back).toEqual(first);
    await created(cluster.admin, namespace, nodePort('other', { port: 1, nodePort: given }));
    const external = await change({ type: 'ExternalName', externalName: 'example.com' });
    expect([external.clusterIP, external.clusterIPs, external.ipFamilies, external.ipFamilyPolicy]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    await created(cluster.admin, namespace, service('heir', { clusterIP: '10.96.0.30' }));
    const again = await change({ type: 'ClusterIP', externalName: null });
    expect(again.clusterIP).toMatch(/^10\.96\./);
    expect(again.clusterIP).not.toBe('10.96.0.30');
  });

  hub.test('by strategic merge finds ports by their number', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = `${inNamespace(namespace)}/s`;
    const ports = [
      { name: 'a', port: 80 },
      { name: 'b', port: 81 },
    ];
    const { spec } = await created(cluster.admin, namespace, service('s', { type: 'NodePort', ports }));
    const patched = expectJson(
      await cluster.admin.patch(path, 'strategic-merge', {
        spec: {
          ports: [
            { port: 81, targetPort: 'web' },
            { port: 80, $patch: 'delete' },
          ],
        },
      }),
    );
    expect(patched.spec.ports).toEqual([{ ...spec.ports[1], targetPort: 'web' }]);
  });

  hub.test('of its status is checked', async (cluster) => {
    const namespace = await cluster.namespace();
    await created(cluster.admin, namespace, service('lb', { type: 'LoadBalancer' }));
    await created(cluster.admin, namespace, service('s'));
    const post = (name: string, ingress: Json[]) =>
      cluster.admin.patch(`${inNamespace(namespace)}/${name}/status`, 'merge', {
        status: { loadBalancer: { ingress } },
      });
    const ready = expectJson(await post('lb', [{ ip: '203.0.113.7' }]));
    expect(ready.status.loadBalancer.ingress).toEqual([{ ip: '203.0.113.7', ipMode: 'VIP' }]);
    const refused = expectFailure(await post('s', [{ ip: '203.0.113.7' }]), 422, 'Invalid');
    expect(refused.details.causes[0]).toMatchObject({
      field: 'status.loadBalancer.ingress',
      message: 'Forbidden: may only be used when `spec.type` is "LoadBalancer"',
    });
    expectFailure(await post('lb', [{ hostname: '10.1.1.1' }]), 422, 'Invalid');
  });
});

describe('node ports', () => {
  hub.test('are shared by ports of one number and two protocols', async (cluster) => {
    const namespace = await cluster.namespace();
    const dns = (port: number) => [
      { name: 'udp', port, protocol: 'UDP' },
      { name: 'tcp', port, protocol: 'TCP' },
    ];
    const { spec } = await created(cluster.admin, namespace, nodePort('dns', ...dns(53)));
    expect(spec.ports[0].nodePort).toBe(spec.ports[1].nodePort);
    const explicit = dns(54).map((port) => ({ ...port, nodePort: 31_500 }));
    await created(cluster.admin, namespace, nodePort('explicit', ...explicit));
    const taken = await cluster.admin.post(
      inNamespace(namespace),
      nodePort('late', { port: 1, protocol: 'SCTP', nodePort: 31_500 }),
    );
    expect(expectFailure(taken, 422, 'Invalid').details.causes).toEqual([
      {
        reason: 'FieldValueInvalid',
        field: 'spec.ports[0].nodePort',
        message: 'Invalid value: 31500: provided port is already allocated',
      },
    ]);
  });

  hub.test('and addresses are free again after deletion, dry runs and refusals', async (cluster) => {
    const namespace = await cluster.namespace();
    const wanted = (name: string) => ({
      ...nodePort(name, { port: 80, nodePort: 31_600 }),
      spec: { type: 'NodePort', clusterIP: '10.96.0.40', ports: [{ port: 80, nodePort: 31_600 }] },
    });
    const path = inNamespace(namespace);
    const dry = expectJson(await cluster.admin.post(`${path}?dryRun=All`, wanted('dry')), 201);
    expect(dry.spec.clusterIP).toBe('10.96.0.40');
    const bad = { ...wanted('bad'), metadata: { name: 'bad', labels: { 'a b': 'c' } } };
    expectFailure(await cluster.admin.post(path, bad), 422, 'Invalid');
    await created(cluster.admin, namespace, wanted('first'));
    expectFailure(await cluster.admin.post(path, wanted('second')), 422, 'Invalid');
    expectJson(await cluster.admin.delete(`${path}/first`));
    await created(cluster.admin, namespace, wanted('second'));
  });
});

describe('under pressure', () => {
  hub.test('as many ports as a body holds are refused in no time', async (cluster) => {
    const namespace = await cluster.namespace();
    const ports = Array.from({ length: 40_000 }, (_, i) => ({ name: `p${i}`, port: (i % 65_535) + 1 }));
    const startedMs = performance.now();
    const answer = await cluster.admin.post(inNamespace(namespace), nodePort('many', ...ports));
    expectFailure(answer, 500, 'InternalError');
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    await created(cluster.admin, namespace, nodePort('one', { port: 80 }));
  });

  hub.test('fifty creates at once get fifty addresses and ports', async (cluster) => {
    const namespace = await cluster.namespace();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        cluster.admin.post(inNamespace(namespace), nodePort(`s-${i}`, { port: 80 })),
      ),
    );
    const specs = answers.map((answer) => expectJson(answer, 201).spec);
    expect(new Set(specs.map(({ clusterIP }) => clusterIP)).size).toBe(50);
    expect(new Set(specs.map(({ ports }) => ports[0].nodePort)).size).toBe(50);
    // The beginning of the range is kept for those who choose.
    for (const { clusterIP } of specs) expect(clusterIP).not.toMatch(/^10\.96\.0\./);
  });

  hub.test('of many who want one address and port, one gets it', async (cluster) => {
    const namespace = await cluster.namespace();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        cluster.admin.post(
          inNamespace(namespace),
          service(`s-${i}`, {
            type: 'NodePort',
            clusterIP: '10.96.0.50',
            ports: [{ port: 1, nodePort: 31_700 }],
          }),
        ),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(19).fill(422)]);
  });
});

clusterTest(
  'a range that is full says so, and takes again what is given back, also after kill -9',
  {},
  async (cluster) => {
    const flags = ['--service-cluster-ip-range', '10.50.0.0/29', '--service-node-port-range', '31000-31002'];
    await cluster.restart('apiserver', flags);
    await cluster.untilReady();
    const namespace = await cluster.namespace();
    const path = inNamespace(namespace);
    // Six addresses; the Service `kubernetes` of the other range keeps its own.
    const held: Json[] = [];
    for (let i = 0; i < 3; i += 1)
      held.push(await created(cluster.admin, namespace, nodePort(`n-${i}`, { port: 80 })));
    const noPort = expectFailure(
      await cluster.admin.post(path, nodePort('no-port', { port: 80 })),
      500,
      'InternalError',
    );
    expect(noPort.message).toBe('Internal error occurred: failed to allocate a nodePort: range is full');
    for (let i = 0; i < 3; i += 1) held.push(await created(cluster.admin, namespace, service(`c-${i}`)));
    const noAddress = expectFailure(
      await cluster.admin.post(path, service('no-address')),
      500,
      'InternalError',
    );
    expect(noAddress.message).toBe('Internal error occurred: failed to allocate a serviceIP: range is full');

    await cluster.kill9('apiserver');
    await cluster.restart('apiserver', flags);
    await cluster.untilReady();
    expectFailure(await cluster.admin.post(path, service('no-address')), 500, 'InternalError');
    expectJson(await cluster.admin.delete(`${path}/n-1`));
    const heir = await created(cluster.admin, namespace, nodePort('heir', { port: 80 }));
    expect(heir.spec.clusterIP).toBe(held[1].spec.clusterIP);
    expect(heir.spec.ports[0].nodePort).toBe(held[1].spec.ports[0].nodePort);

    // What is out of the range that the flags now give is said, and kept.
    await cluster.restart('apiserver');
    await cluster.untilReady();
    const events = await eventually(async () => {
      const list = expectJson(await cluster.admin.get(`/api/v1/namespaces/${namespace}/events`));
      return list.items.length >= 6 && list.items;
    });
    expect(new Set(events.map(({ reason }: Json) => reason))).toEqual(new Set(['ClusterIPOutOfRange']));
    expect(events[0]).toMatchObject({
      type: 'Warning',
      source: { component: 'ipallocator-repair-controller' },
      involvedObject: { kind: 'Service', namespace },
    });
    const metrics = (await cluster.admin.get('/metrics')).text;
    expect(metrics).toContain('apiserver_clusterip_repair_ip_errors_total{type="outOfRange"} 6');
  },
);

clusterTest(
  'killed amid creates, the hub has every address that was given and no other',
  {},
  async (cluster) => {
    const namespace = await cluster.namespace();
    const path = inNamespace(namespace);
    const given: Json[] = [];
    const creates = Array.from({ length: 60 }, async (_, i) => {
      const answer = await cluster.admin.post(path, nodePort(`s-${i}`, { port: 80 }));
      given.push(expectJson(answer, 201));
      if (given.length === 10) await cluster.kill9('apiserver');
    });
    const outcomes = await Promise.allSettled(creates);
    expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true);
    await cluster.restart('apiserver');
    await cluster.untilReady();
    const all = expectJson(await cluster.admin.get('/api/v1/services')).items;
    const stored = new Map(all.map((one: Json) => [one.metadata.uid, one.spec]));
    for (const { metadata, spec } of given) expect(stored.get(metadata.uid)).toEqual(spec);
    const addresses = all.map(({ spec }: Json) => spec.clusterIP);
    const ports = all.flatMap(({ spec }: Json) =>
      spec.ports.flatMap(({ nodePort: port }: Json) => port ?? []),
    );
    expect(new Set(addresses).size).toBe(addresses.length);
    expect(new Set(ports).size).toBe(ports.length);
    const metrics = (await cluster.admin.get('/metrics')).text;
    expect(metrics).toContain(
      `kube_apiserver_clusterip_allocator_allocated_ips{cidr="10.96.0.0/16"} ${addresses.length}\n`,
    );
    expect(metrics).toContain(`kube_apiserver_nodeport_allocator_allocated_ports ${ports.length}\n`);
  },
);
