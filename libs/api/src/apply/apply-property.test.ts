import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { decodeObject } from '../decode/decode-object.ts';
import type { JsonObject } from '../json-object.ts';
import { deployments } from '../kinds/apps/deployment.ts';
import { pods } from '../kinds/core/pod.ts';
import { services } from '../kinds/core/service.ts';
import type { ObjectMeta } from '../kinds/meta/object-meta.ts';
import { objectsOf } from '../patch/objects-of.testing.ts';
import type { Kind } from '../schema/kind.ts';
import { ApiError } from '../status/api-error.ts';
import { applyFaults } from './apply-faults.ts';
import { objectTypeOf } from './apply-type.ts';
import { compareValues } from './compare-values.ts';
import { FieldSet } from './field-set.ts';
import { fieldSetOf } from './field-set-of.ts';
import { encodeFieldsV1 } from './fields-v1.ts';
import { pathText } from './path-element.ts';
import { serverSideApply } from './server-side-apply.ts';

const NOW = '2026-01-01T00:00:00Z';
const RUNS = { numRuns: 30 };
/** Of what is generated at random many a thing cannot be applied. */
const TIMEOUT_MS = 60_000;
const kinds: readonly Kind[] = [pods, services, deployments];

/** What can be applied: some of the lists that the generator makes have items of the same keys. */
const configsOf = (kind: Kind) =>
  objectsOf(kind.schema)
    .map(({ metadata: _metadata, ...object }) => object)
    .filter((config) => applyFaults(objectTypeOf(kind.schema), config).length === 0);

/** Applies, and gives back what would be stored. */
function apply(kind: Kind, manager: string, config: JsonObject, live?: JsonObject, now = NOW): JsonObject {
  const type = { apiVersion: kind.apiVersion, kind: kind.kind };
  const object = serverSideApply(kind, {
    config: { ...type, ...config },
    live,
    ignored: FieldSet.EMPTY,
    manager,
    apiVersion: kind.apiVersion,
    subresource: '',
    force: false,
    now,
  });
  return { ...type, ...decodeObject(kind.schema, structuredClone(object), []) };
}

/** Undefined where there is conflict. */
function unlessConflict<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'Conflict') return undefined;
    throw error;
  }
}

/**
 * Whether the second puts something into a structure that the first has empty. Taken out again, the structure goes
 * with it, whoever has it, as with structured-merge-diff (`removeItems` leaves no empty map).
 */
function fillsWhatWasEmpty(kind: Kind, first: JsonObject, second: JsonObject): boolean {
  const pathsOf = (config: JsonObject) =>
    [...fieldSetOf(objectTypeOf(kind.schema), config).paths()].map(pathText);
  const filled = pathsOf(second);
  return pathsOf(first).some((empty) => filled.some((path) => path !== empty && path.startsWith(empty)));
}

for (const kind of kinds) {
  const configs = configsOf(kind);

  test(
    `${kind.kind}: what is applied twice is as if applied once`,
    () => {
      fc.assert(
        fc.property(configs, configs, (first, config) => {
          const live = apply(kind, 'one', first);
          const once = unlessConflict(() => apply(kind, 'two', config, live));
          fc.pre(once !== undefined);
          expect(apply(kind, 'two', config, once, '2027-01-01T00:00:00Z')).toEqual(once!);
        }),
        RUNS,
      );
    },
    TIMEOUT_MS,
  );

  test(
    `${kind.kind}: whoever applies nothing more leaves what it found`,
    () => {
      fc.assert(
        fc.property(configs, configs, (first, config) => {
          fc.pre(!fillsWhatWasEmpty(kind, first, config));
          const live = apply(kind, 'one', first);
          const both = unlessConflict(() => apply(kind, 'two', config, live));
          fc.pre(both !== undefined);
          const left = apply(kind, 'two', {}, both);
          // Items stay in the order in which they were applied last.
          const { added, modified, removed } = compareValues(objectTypeOf(kind.schema), live, left);
          expect([...added.paths(), ...modified.paths(), ...removed.paths()].map(pathText)).toEqual([]);
        }),
        RUNS,
      );
    },
    TIMEOUT_MS,
  );

  test(
    `${kind.kind}: managers of different fields never conflict`,
    () => {
      fc.assert(
        fc.property(configs, configs, (first, config) => {
          const type = objectTypeOf(kind.schema);
          fc.pre(fieldSetOf(type, first).intersection(fieldSetOf(type, config)).isEmpty);
          expect(() => apply(kind, 'two', config, apply(kind, 'one', first))).not.toThrow();
        }),
        RUNS,
      );
    },
    TIMEOUT_MS,
  );

  test(
    `${kind.kind}: all that is applied belongs to who applied it`,
    () => {
      fc.assert(
        fc.property(configs, configs, (first, config) => {
          const object = unlessConflict(() => apply(kind, 'two', config, apply(kind, 'one', first)));
          fc.pre(object !== undefined);
          const { managedFields = [] } = object['metadata'] as ObjectMeta;
          const two = managedFields.find(({ manager }) => manager === 'two');
          const mentioned = encodeFieldsV1(fieldSetOf(objectTypeOf(kind.schema), config));
          expect(two?.fieldsV1 ?? {}).toEqual(mentioned);
        }),
        RUNS,
      );
    },
    TIMEOUT_MS,
  );
}
