import { expect, test } from 'bun:test';
import { ApiError, type Service, type ServiceSpec, services } from '@hawser/api';
import fc from 'fast-check';
import { TestRegistry, writer } from '../resource.testing.ts';
import { createObject } from '../verbs/create.ts';
import { deleteObject } from '../verbs/delete.ts';
import { updateObject } from '../verbs/update.ts';
import { allocationsOf, ServiceAllocator } from './service-allocator.ts';
import { parseAddressRange, parsePortRange } from './service-ranges.ts';

const ranges = { addresses: parseAddressRange('10.0.0.0/28'), ports: parsePortRange('30000-30009') };

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const port = fc.record({
  port: fc.constantFrom(80, 81, 53),
  protocol: fc.constantFrom('TCP', 'UDP'),
  nodePort: fc.option(fc.integer({ min: 29_999, max: 30_010 }), { nil: undefined }),
});
const spec: fc.Arbitrary<ServiceSpec> = fc.record(
  {
    type: fc.constantFrom('ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'),
    clusterIP: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.15', 'None', ''),
    externalTrafficPolicy: fc.constantFrom('Local', 'Cluster'),
    allocateLoadBalancerNodePorts: fc.boolean(),
    healthCheckNodePort: fc.constantFrom(30_000, 30_001),
    externalName: fc.constant('example.com'),
    ports: fc
      .uniqueArray(port, { maxLength: 3, selector: ({ port, protocol }) => `${port} ${protocol}` })
      .map((ports) => ports.map((one, i) => ({ ...one, name: `p${i}` }))),
  },
  { requiredKeys: ['ports'] },
);
const step = fc.oneof(
  fc.record({ does: fc.constant('create' as const), name, spec, dryRun: fc.boolean() }),
  fc.record({ does: fc.constant('replace' as const), name, spec, dryRun: fc.boolean() }),
  fc.record({ does: fc.constant('retype' as const), name, spec, dryRun: fc.constant(false) }),
  fc.record({ does: fc.constant('delete' as const), name, spec, dryRun: fc.constant(false) }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

test('whatever is asked for at once, no two Services share, and what is counted is what is stored', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { maxLength: 8 }),
      async (rounds) => {
        await using registry = await TestRegistry.open();
        const resource = registry.of(services);
        using allocator = new ServiceAllocator(ranges, resource.cache);
        const served = { ...resource, begin: allocator.begin.bind(allocator) };
        for (const round of rounds) {
          await Promise.all(round.map((one) => carryOut(served, one).catch(expectRefusal)));
          expectConsistent(
            resource.cache.entries().map(({ object }) => object as unknown as Service),
            allocator,
          );
        }
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);

async function carryOut(resource: Parameters<typeof createObject>[0], { does, name, spec, dryRun }: Step) {
  const context = { ...writer, dryRun };
  // Written over by each attempt.
  const object = () => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: structuredClone(spec),
  });
  const update = (change: Parameters<typeof updateObject>[1]['change']) =>
    updateObject(resource, { namespace: 'n', name, subresource: '', change }, context);
  switch (does) {
    case 'create':
      return await createObject(resource, 'n', object(), context);
    case 'replace':
      return await update(object);
    case 'retype':
      return await update((current) => ({
        ...current,
        spec: { ...(current['spec'] as object), type: spec.type ?? 'ClusterIP', externalName: 'example.com' },
      }));
    case 'delete':
      return await deleteObject(resource, 'n', name, {}, context);
  }
}

function expectRefusal(error: unknown): void {
  expect(error).toBeInstanceOf(ApiError);
  expect(['Invalid', 'InternalError', 'AlreadyExists', 'NotFound', 'Conflict']).toContain(
    (error as ApiError).reason,
  );
}

function expectConsistent(all: readonly Service[], allocator: ServiceAllocator): void {
  const held = all.map(({ spec }) => allocationsOf(spec ?? {}));
  const addresses = held.flatMap((one) => one.addresses);
  const ports = held.flatMap((one) => one.ports);
  expect(new Set(addresses).size).toBe(addresses.length);
  expect(new Set(ports).size).toBe(ports.length);
  expect(addresses.every(ranges.addresses.contains) && ports.every(ranges.ports.contains)).toBe(true);
  expect(allocator.usage).toMatchObject({
    addresses: { used: addresses.length },
    ports: { used: ports.length },
  });
  for (const { spec = {} } of all) expectComplete(spec);
}

/** A Service has what its type needs, and nothing that it does not. */
function expectComplete({ type, clusterIP, clusterIPs, ports = [], ...spec }: ServiceSpec): void {
  if (type === 'ExternalName')
    // Read from a request, an empty one would be none.
    expect([clusterIP || undefined, clusterIPs, spec.ipFamilies]).toEqual([undefined, undefined, undefined]);
  else expect(clusterIPs).toEqual([clusterIP!]);
  for (const { nodePort } of ports) {
    if (type === 'NodePort') expect(nodePort).toBeGreaterThan(0);
    if (type === 'ClusterIP') expect(nodePort ?? 0).toBe(0);
  }
  const needsHealth = type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
  expect((spec.healthCheckNodePort ?? 0) > 0).toBe(needsHealth);
}
