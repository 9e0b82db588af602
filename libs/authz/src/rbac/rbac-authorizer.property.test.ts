import { expect, test } from 'bun:test';
import type { PolicyRule } from '@hawser/api';
import type { Identity } from '@hawser/authn';
import { StaticLister } from '@hawser/authn/testing';
import fc from 'fast-check';
import { identities, requests, rules, universe, worlds } from './arbitrary-rbac.testing.ts';
import { PlainRbac, permits, type World } from './plain-rbac.testing.ts';
import { RbacAuthorizer } from './rbac-authorizer.ts';
import { ruleAllows } from './rule-allows.ts';
import { uncoveredRules } from './rule-covers.ts';

// A run that fails prints its seed and path, with which fast-check runs it again.

function authorizerOf(world: World): RbacAuthorizer {
  return new RbacAuthorizer({
    roles: new StaticLister(world.roles),
    clusterRoles: new StaticLister(world.clusterRoles),
    roleBindings: new StaticLister(world.roleBindings),
    clusterRoleBindings: new StaticLister(world.clusterRoleBindings),
  });
}

const canonical = (all: readonly PolicyRule[]) =>
  [...new Set(all.map((rule) => JSON.stringify(rule)))].sort();
const questions = fc.array(fc.tuple(identities, requests), { minLength: 1, maxLength: 20 });

test('decides as the plain reading of the rules does, and says by which binding', () => {
  fc.assert(
    fc.property(worlds, questions, (world, asked) => {
      const authorizer = authorizerOf(world);
      const plain = new PlainRbac(world);
      for (const [identity, request] of asked) {
        const { verdict, reason } = authorizer.authorize({ ...request, identity });
        const sources = plain.sourcesOf(identity, request).map((source) => `RBAC: allowed by ${source}`);
        expect(verdict === 'allow').toBe(sources.length > 0);
        if (sources.length > 0) expect(sources).toContain(reason);
        else expect(reason !== '').toBe(plain.isBoundToNothing(identity, request.namespace));
      }
    }),
    { numRuns: 500 },
  );
});

test('decides anew whenever an object changes', () => {
  fc.assert(
    fc.property(fc.array(worlds, { minLength: 2, maxLength: 4 }), questions, (history, asked) => {
      const listers = {
        roles: new ChangingLister<World['roles'][number]>(),
        clusterRoles: new ChangingLister<World['clusterRoles'][number]>(),
        roleBindings: new ChangingLister<World['roleBindings'][number]>(),
        clusterRoleBindings: new ChangingLister<World['clusterRoleBindings'][number]>(),
      };
      const authorizer = new RbacAuthorizer(listers);
      for (const world of history) {
        listers.roles.replace(world.roles);
        listers.clusterRoles.replace(world.clusterRoles);
        listers.roleBindings.replace(world.roleBindings);
        listers.clusterRoleBindings.replace(world.clusterRoleBindings);
        const plain = new PlainRbac(world);
        for (const [identity, request] of asked)
          expect(authorizer.authorize({ ...request, identity }).verdict === 'allow').toBe(
            plain.allows(identity, request),
          );
      }
    }),
    { numRuns: 100 },
  );
});

test('lists the rules that hold, and they allow what is allowed', () => {
  fc.assert(
    fc.property(worlds, identities, fc.constantFrom('', 'a', 'b', 'c'), (world, identity, namespace) => {
      const authorizer = authorizerOf(world);
      const plain = new PlainRbac(world);
      const held = authorizer.rulesOf(identity, namespace);
      expect(canonical(held)).toEqual(canonical(plain.rulesOf(identity, namespace)));
      const { resourceRules, nonResourceRules } = authorizer.rulesFor(identity, namespace);
      const listed = [...resourceRules, ...nonResourceRules] as readonly PolicyRule[];
      for (const request of universe)
        expect(listed.some((rule) => permits(rule, request))).toBe(
          authorizer.authorize({ ...request, namespace, identity }).verdict === 'allow',
        );
    }),
    { numRuns: 60 },
  );
});

test('rules cover others if and only if they allow every request that these allow', () => {
  const identity: Identity = { name: 'u', groups: [], extra: {} };
  const few = fc.array(rules, { maxLength: 3 });
  fc.assert(
    fc.property(few, few, (owned, wanted) => {
      const allowing = (given: readonly PolicyRule[]) =>
        universe.filter((request) => given.some((rule) => permits(rule, request)));
      const own = new Set(allowing(owned));
      const covered = allowing(wanted).every((request) => own.has(request));
      expect(uncoveredRules(owned, wanted).length === 0).toBe(covered);
      // What is told to be missing is indeed missing, and with it nothing is.
      const missing = uncoveredRules(owned, wanted);
      expect(uncoveredRules([...owned, ...missing], wanted)).toEqual([]);
      for (const rule of wanted)
        for (const request of universe)
          if (ruleAllows(rule, { ...request, identity }) !== permits(rule, request))
            throw new Error(`${JSON.stringify(rule)} of ${JSON.stringify(request)}`);
    }),
    { numRuns: 200 },
  );
});

/** A lister whose objects are all replaced at once. */
class ChangingLister<T extends { metadata: { name: string; namespace?: string } }> {
  #objects: readonly T[] = [];
  version = 0;

  get(namespace: string, name: string): T | undefined {
    return this.#objects.find(
      ({ metadata }) => metadata.name === name && (metadata.namespace ?? '') === namespace,
    );
  }

  list(namespace?: string): readonly T[] {
    return namespace === undefined
      ? this.#objects
      : this.#objects.filter(({ metadata }) => metadata.namespace === namespace);
  }

  replace(objects: readonly T[]): void {
    this.#objects = objects;
    this.version += 1;
  }
}
