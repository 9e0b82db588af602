import { describe, expect, test } from 'bun:test';
import { type Service, services } from '@hawser/api';
import { TestRegistry, writer } from '../resource.testing.ts';
import { createObject } from '../verbs/create.ts';
import { deleteObject } from '../verbs/delete.ts';
import { updateObject } from '../verbs/update.ts';
import { ServiceAllocator } from './service-allocator.ts';
import { parseAddressRange, parsePortRange } from './service-ranges.ts';

const ranges = { addresses: parseAddressRange('10.0.0.0/29'), ports: parsePortRange('30000-30003') };

function resourceOf(registry: TestRegistry) {
  const resource = registry.of(services);
  const allocator = new ServiceAllocator(ranges, resource.cache);
  return { allocator, resource: { ...resource, begin: allocator.begin.bind(allocator) } };
}

const service = (name: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { ports: [{ port: 80 }], ...spec },
});

describe('the allocator', () => {
  test('holds what the stored Services have, and nothing else, across a restart', async () => {
    await using registry = await TestRegistry.open();
    const { resource, allocator } = resourceOf(registry);
    await createObject(resource, 'a', service('x', { type: 'NodePort' }), writer);
    await createObject(resource, 'a', service('y'), { ...writer, dryRun: true });
    await createObject(resource, 'a', service('', {}), writer).catch(() => {});
    expect(allocator.usage).toEqual({ addresses: { used: 1, free: 5 }, ports: { used: 1, free: 3 } });
    await registry.restart();
    const { resource: later, allocator: rebuilt } = resourceOf(registry);
    expect(rebuilt.usage).toEqual({ addresses: { used: 1, free: 5 }, ports: { used: 1, free: 3 } });
    await deleteObject(later, 'a', 'x', {}, writer);
    expect(rebuilt.usage).toEqual({ addresses: { used: 0, free: 6 }, ports: { used: 0, free: 4 } });
  });

  test('lets go of nothing when a change is refused', async () => {
    await using registry = await TestRegistry.open();
    const { resource, allocator } = resourceOf(registry);
    await createObject(resource, 'a', service('x', { type: 'NodePort' }), writer);
    const change = (spec: object) =>
      updateObject(
        resource,
        {
          namespace: 'a',
          name: 'x',
          subresource: '',
          change: (object) => ({ ...object, spec: { ...(object['spec'] as object), ...spec } }),
        },
        writer,
      );
    await expect(change({ ports: [{ port: 80, nodePort: 30_001 }, { port: 81 }] })).rejects.toThrow(
      'Required value',
    );
    expect(allocator.usage.ports.used).toBe(1);
    await change({ ports: [], clusterIP: 'None', clusterIPs: ['None'] }).catch(() => {});
    expect(allocator.usage).toEqual({ addresses: { used: 1, free: 5 }, ports: { used: 1, free: 3 } });
  });

  test('a loser of a race for a name gives back what it held', async () => {
    await using registry = await TestRegistry.open();
    const { resource, allocator } = resourceOf(registry);
    const attempts = await Promise.allSettled(
      [1, 2, 3].map(() => createObject(resource, 'a', service('x', { type: 'NodePort' }), writer)),
    );
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(allocator.usage).toMatchObject({ addresses: { used: 1 }, ports: { used: 1 } });
  });

  test('gives ports of one protocol different node ports, and a named one to its own only', async () => {
    await using registry = await TestRegistry.open();
    const { resource } = resourceOf(registry);
    const ports = [
      { name: 'a', port: 80 },
      { name: 'b', port: 81, nodePort: 30_000 },
      { name: 'c', port: 80, protocol: 'UDP' },
      { name: 'd', port: 81, protocol: 'UDP' },
    ];
    const { object } = await createObject(resource, 'a', service('x', { type: 'NodePort', ports }), writer);
    const given = (object as unknown as Service).spec!.ports!.map(({ nodePort }) => nodePort);
    expect(given[1]).toBe(30_000);
    expect(given[3]).toBe(30_000);
    expect(given[2]).toBe(given[0]!);
    expect(given[0]).not.toBe(30_000);
  });
});

test('a node port that a Service only carries, for want of a use, is not its own when its type changes', async () => {
  await using registry = await TestRegistry.open();
  const { resource, allocator } = resourceOf(registry);
  const ports = [{ port: 80, nodePort: 30_001 }];
  const external = service('x', { type: 'ExternalName', externalName: 'example.com', ports });
  await createObject(resource, 'a', external, writer);
  expect(allocator.usage.ports.used).toBe(0);
  await createObject(resource, 'a', service('y', { type: 'NodePort', ports }), writer);
  const change = updateObject(
    resource,
    {
      namespace: 'a',
      name: 'x',
      subresource: '',
      change: (object) => ({ ...object, spec: { ...(object['spec'] as object), type: 'NodePort' } }),
    },
    writer,
  );
  await expect(change).rejects.toThrow('provided port is already allocated');
  expect(allocator.usage.ports.used).toBe(1);
});
