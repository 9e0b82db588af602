import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, Subject } from '@hawser/api';
import type { Identity } from '@hawser/authn';
import type { Attributes } from '../authorizer.ts';

/** Objects as a store holds them: one of a name. */
export interface World {
  readonly roles: readonly Role[];
  readonly clusterRoles: readonly ClusterRole[];
  readonly roleBindings: readonly RoleBinding[];
  readonly clusterRoleBindings: readonly ClusterRoleBinding[];
}

export type Request = Omit<Attributes, 'identity'>;

/** What one binding gives somebody: rules, or a role that is not there. */
interface Gift {
  readonly source: string;
  readonly rules: readonly PolicyRule[] | undefined;
}

/**
 * RBAC as its documentation explains it (kubernetes.io/docs/reference/access-authn-authz/rbac), slowly and without an
 * index: every binding, every subject, every rule. It shares no code with what it is to check.
 */
export class PlainRbac {
  constructor(readonly world: World) {}

  allows(identity: Identity, request: Request): boolean {
    return this.sourcesOf(identity, request).length > 0;
  }

  /** The bindings by which a request is allowed, in the words of the audit event. */
  sourcesOf(identity: Identity, request: Request): readonly string[] {
    return this.#gifts(identity, request.namespace)
      .filter(({ rules = [] }) => rules.some((rule) => permits(rule, request)))
      .map(({ source }) => source);
  }

  /** Every rule that holds for somebody in a namespace, or in the whole cluster. */
  rulesOf(identity: Identity, namespace: string): readonly PolicyRule[] {
    return this.#gifts(identity, namespace).flatMap(({ rules = [] }) => rules);
  }

  /** Whether somebody is bound to a role that is not there. */
  isBoundToNothing(identity: Identity, namespace: string): boolean {
    return this.#gifts(identity, namespace).some(({ rules }) => rules === undefined);
  }

  #gifts(identity: Identity, namespace: string): readonly Gift[] {
    const everywhere = this.world.clusterRoleBindings.flatMap((binding) => this.#gift(binding, '', identity));
    const here = this.world.roleBindings
      .filter(({ metadata }) => namespace !== '' && metadata.namespace === namespace)
      .flatMap((binding) => this.#gift(binding, namespace, identity));
    return [...everywhere, ...here];
  }

  #gift(binding: RoleBinding | ClusterRoleBinding, home: string, identity: Identity): readonly Gift[] {
    const subject = (binding.subjects ?? []).find((each) => isMeant(each, home, identity));
    if (subject === undefined) return [];
    const { kind, name } = binding.roleRef;
    const rules =
      kind === 'ClusterRole'
        ? this.#clusterRules().get(name)
        : this.world.roles.find(({ metadata }) => metadata.name === name && metadata.namespace === home)
            ?.rules;
    const [bindingKind, at] = home === '' ? ['ClusterRoleBinding', ''] : ['RoleBinding', `/${home}`];
    const who =
      subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace || home}` : subject.name;
    const source = `${bindingKind} "${binding.metadata.name}${at}" of ${kind} "${name}" to ${subject.kind} "${who}"`;
    return [{ source, rules }];
  }

  /** As the aggregation controller would write them, round after round until nothing changes any more. */
  #clusterRules(): Map<string, readonly PolicyRule[]> {
    const { clusterRoles } = this.world;
    const rules = new Map<string, readonly PolicyRule[]>(
      clusterRoles.map(({ metadata, aggregationRule, rules: own = [] }) => [
        metadata.name,
        aggregationRule === undefined ? own : [],
      ]),
    );
    for (let changed = true; changed; ) {
      changed = false;
      for (const { metadata, aggregationRule } of clusterRoles) {
        if (aggregationRule === undefined) continue;
        const selected = clusterRoles.filter(
          (other) =>
            other.metadata.name !== metadata.name &&
            (aggregationRule.clusterRoleSelectors ?? []).some(({ matchLabels = {} }) =>
              Object.entries(matchLabels).every(([key, value]) => other.metadata.labels?.[key] === value),
            ),
        );
        const texts = new Set(
          selected.flatMap((other) => rules.get(other.metadata.name)!.map((rule) => JSON.stringify(rule))),
        );
        if (texts.size === rules.get(metadata.name)!.length) continue;
        changed = true;
        rules.set(
          metadata.name,
          [...texts].map((text) => JSON.parse(text) as PolicyRule),
        );
      }
    }
    return rules;
  }
}

function isMeant({ kind, name, namespace }: Subject, home: string, identity: Identity): boolean {
  if (kind === 'Group') return identity.groups.includes(name);
  if (kind === 'User') return identity.name === name;
  const at = namespace || home;
  return at !== '' && identity.name === ['system', 'serviceaccount', at, name].join(':');
}

/** Whether one rule lets a request through. */
export function permits(rule: PolicyRule, request: Request): boolean {
  const has = (list: readonly string[] | undefined, value: string) =>
    (list ?? []).some((each) => each === '*' || each === value);
  if (!has(rule.verbs, request.verb)) return false;
  if (!request.resourceRequest)
    return (rule.nonResourceURLs ?? []).some((url) =>
      url.endsWith('*') ? request.path.startsWith(url.slice(0, -1)) : url === request.path,
    );
  const { resource, subresource, name } = request;
  const wanted = subresource === '' ? [resource] : [`${resource}/${subresource}`, `*/${subresource}`];
  const names = rule.resourceNames ?? [];
  return (
    has(rule.apiGroups, request.apiGroup) &&
    wanted.some((each) => has(rule.resources, each)) &&
    (names.length === 0 || names.includes(name))
  );
}
