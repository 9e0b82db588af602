import { describe, expect, test } from 'bun:test';
import {
  type AnyKind,
  applyDefaults,
  type Container,
  configMaps,
  csiNodes,
  fillAbsent,
  nodes,
  pods,
  resourceQuotas,
  storageClasses,
} from '@hawser/api';
import type { AnyObject } from '../any-object.ts';
import { configMap, TestRegistry, writer } from '../resource.testing.ts';
import { strategyFor } from '../strategies/strategy-for.ts';
import type { Strategy } from '../strategy.ts';
import { createObject } from '../verbs/create.ts';
import { deleteObject } from '../verbs/delete.ts';
import { updateObject } from '../verbs/update.ts';
import { validateMetadata } from './validate-metadata.ts';

/**
 * One request holds up to 3 MiB, and the hub serves all from one thread: what takes the square of a list's length stops
 * it for everybody. Each of these would take minutes, or all memory, if it did.
 */
const MANY = 60_000;
const many = <T>(make: (i: number) => T, from = 0): T[] =>
  Array.from({ length: MANY }, (_, i) => make(i + from));

function completed(kind: AnyKind, fields: object): AnyObject {
  const object = {
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata: { name: 'x', ...(kind.namespaced ? { namespace: 'a' } : {}) },
    ...fields,
  } as AnyObject;
  fillAbsent(kind.schema, object);
  strategyFor(kind).prepareForCreate?.(object, writer);
  applyDefaults(kind.schema, object);
  return object;
}

const podOf = (spec: object, container: Partial<Container> = {}) =>
  completed(pods, { spec: { containers: [{ name: 'c', image: 'i', ...container }], ...spec } });

const creations: { name: string; kind: AnyKind; fields: () => AnyObject }[] = [
  {
    name: 'constraints of spread',
    kind: pods,
    fields: () =>
      podOf({
        topologySpreadConstraints: many((i) => ({
          maxSkew: 1,
          topologyKey: `k${i}`,
          whenUnsatisfiable: 'DoNotSchedule',
        })),
      }),
  },
  {
    name: 'claims of a container, and of its pod',
    kind: pods,
    fields: () =>
      podOf(
        { resourceClaims: many((i) => ({ name: `c${i}`, resourceClaimName: 'x' })) },
        { resources: { claims: many((i) => ({ name: `d${i}` })) } },
      ),
  },
  {
    name: 'devices and mounts of a container',
    kind: pods,
    fields: () =>
      podOf(
        {},
        {
          volumeDevices: many((i) => ({ name: `d${i}`, devicePath: `/d${i}` })),
          volumeMounts: many((i) => ({ name: `m${i}`, mountPath: `/m${i}` })),
        },
      ),
  },
  {
    name: 'ports of one number',
    kind: pods,
    fields: () => podOf({}, { ports: many(() => ({ containerPort: 80 })) }),
  },
  {
    name: 'keys of a driver',
    kind: csiNodes,
    fields: () =>
      completed(csiNodes, {
        spec: { drivers: [{ name: 'd', nodeID: 'n', topologyKeys: many((i) => `k${i}`) }] },
      }),
  },
  {
    name: 'values of a topology',
    kind: storageClasses,
    fields: () =>
      completed(storageClasses, {
        provisioner: 'p',
        allowedTopologies: [{ matchLabelExpressions: [{ key: 'k', values: many(String) }] }],
      }),
  },
  {
    name: 'scopes and limits of a quota',
    kind: resourceQuotas,
    fields: () =>
      completed(resourceQuotas, {
        spec: {
          scopes: many(() => 'BestEffort'),
          hard: Object.fromEntries(many((i) => [`count/k${i}`, '1'])),
        },
      }),
  },
  {
    name: 'ranges of a node',
    kind: nodes,
    fields: () => completed(nodes, { spec: { podCIDRs: many((i) => `10.${i >> 8}.${i & 255}.0/24`) } }),
  },
];

const changes: { name: string; from: AnyObject; to: AnyObject }[] = [
  {
    name: 'gates of a pod',
    from: podOf({ schedulingGates: many((i) => ({ name: `g${i}` })) }),
    to: podOf({ schedulingGates: many((i) => ({ name: `g${i}` }), MANY) }),
  },
  {
    name: 'tolerations of a pod',
    from: podOf({ tolerations: many((i) => ({ key: `t${i}` })) }),
    to: podOf({ tolerations: [...many((i) => ({ key: `t${i}` }))].reverse() }),
  },
];

describe('is judged in the time that its length takes:', () => {
  test.each(creations)('$name', ({ kind, fields }) => {
    const object = fields();
    const strategy: Strategy = strategyFor(kind);
    expect(strategy.validate?.(object)).toBeArray();
    expect((strategy.warnings?.(object) ?? []).length).toBeLessThan(20 * MANY);
  });

  describe('faults of more items than a call can have arguments', () => {
    const empties = Array.from({ length: 850_000 }, () => ({}));

    test('of metadata', () => {
      const object = configMap('x', {}, { namespace: 'a', ownerReferences: empties.slice(0, 212_500) });
      expect(validateMetadata(configMaps, object)).toHaveLength(empties.length);
    });

    test('of a container', () => {
      const ports = empties.map(() => ({ containerPort: 0 }));
      expect(strategyFor(pods).validate?.(podOf({}, { ports }))).toHaveLength(ports.length);
    });

    test('of a volume', () => {
      const volumes = [{ name: 'v', configMap: { name: 'c', items: empties.slice(0, 425_000) } }];
      expect(strategyFor(pods).validate?.(podOf({ volumes }))).toHaveLength(empties.length);
    });
  });

  test.each(changes)('a change of the $name', ({ from, to }) => {
    expect(strategyFor(pods).validateUpdate?.(to, from)).toBeArray();
  });

  test('finalizers of what is being deleted', async () => {
    await using registry = await TestRegistry.open();
    const resource = registry.of(configMaps);
    const named = (prefix: string) => ({ finalizers: many((i) => `a.b/${prefix}${i}`) });
    await createObject(resource, 'a', configMap('x', {}, named('f')), writer);
    await deleteObject(resource, 'a', 'x', {}, writer);
    const change = () => configMap('x', {}, named('g'));
    const update = updateObject(resource, { namespace: 'a', name: 'x', subresource: '', change }, writer);
    expect(update).rejects.toThrow('no new finalizers can be added');
    await update.catch(() => {});
  });
});
