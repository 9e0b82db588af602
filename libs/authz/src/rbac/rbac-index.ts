import type { ClusterRoleBinding, PolicyRule, RoleBinding, Subject } from '@hawser/api';
import { type Identity, serviceAccountUser } from '@hawser/authn';
import { aggregateRules } from './aggregate-rules.ts';
import type { RbacListers } from './rbac-listers.ts';

/** What one binding gives somebody. */
export interface Grant {
  readonly rules: readonly PolicyRule[];
  /** `ClusterRoleBinding "x" of ClusterRole "y" to Group "z"`. */
  readonly source: string;
}

/** Everything that bindings of one place give somebody, and what stood in the way. */
export interface Grants {
  readonly grants: readonly Grant[];
  /** Bindings to roles that do not exist give nothing, and a refusal says so. */
  readonly faults: readonly string[];
}

/** A binding as one of its subjects finds it. */
interface Entry {
  readonly binding: RoleBinding | ClusterRoleBinding;
  /** Of the binding among all, and of the subject in the binding: the first that applies is named. */
  readonly position: number;
  readonly subject: Subject;
  readonly subjectPosition: number;
}

type EntriesBySubject = Map<string, Entry[]>;

const NOTHING: Grants = { grants: [], faults: [] };

/**
 * The bindings by subject, of one moment: made anew when a role or binding changes, which is seldom, so that
 * a request looks at the bindings of those who make it and at no others.
 */
export class RbacIndex {
  readonly #listers: RbacListers;
  readonly #clusterWide: EntriesBySubject;
  readonly #byNamespace = new Map<string, EntriesBySubject>();
  readonly #clusterRules = new Map<string, readonly PolicyRule[] | undefined>();

  constructor(listers: RbacListers) {
    this.#listers = listers;
    this.#clusterWide = bySubject(listers.clusterRoleBindings.list());
    const grouped = Map.groupBy(listers.roleBindings.list(), namespaceOf);
    for (const [namespace, bindings] of grouped) this.#byNamespace.set(namespace, bySubject(bindings));
  }

  /** What ClusterRoleBindings give. */
  clusterGrants(identity: Identity): Grants {
    return this.#grantsOf(this.#clusterWide, identity);
  }

  /** What RoleBindings of a namespace give in it. */
  namespaceGrants(identity: Identity, namespace: string): Grants {
    const entries = this.#byNamespace.get(namespace);
    return entries === undefined ? NOTHING : this.#grantsOf(entries, identity);
  }

  /** Whether anything is bound in a namespace; nothing need be remembered of those where nothing is. */
  hasBindingsIn(namespace: string): boolean {
    return this.#byNamespace.has(namespace);
  }

  #grantsOf(entries: EntriesBySubject, identity: Identity): Grants {
    const keys = [userKey(identity.name), ...identity.groups.map(groupKey)];
    const applying = firstOfEach(keys.flatMap((key) => entries.get(key) ?? []));
    const grants: Grant[] = [];
    const faults = new Set<string>();
    for (const { binding, subject } of applying) {
      const rules = this.#rulesOf(binding);
      if (typeof rules === 'string') faults.add(rules);
      else grants.push({ rules, source: describe(binding, subject) });
    }
    return { grants, faults: [...faults] };
  }

  /** The rules of the role that a binding names, or why there are none. */
  #rulesOf(binding: RoleBinding | ClusterRoleBinding): readonly PolicyRule[] | string {
    const { kind, name } = binding.roleRef;
    if (kind === 'ClusterRole') return this.#clusterRulesOf(name) ?? missing('clusterrole', name);
    if (kind !== 'Role') return `unsupported role reference kind: ${JSON.stringify(kind)}`;
    // A ClusterRoleBinding has no namespace, and so there is no Role that it could mean.
    const role = isClusterWide(binding) ? undefined : this.#listers.roles.get(namespaceOf(binding), name);
    return role === undefined ? missing('role', name) : (role.rules ?? []);
  }

  #clusterRulesOf(name: string): readonly PolicyRule[] | undefined {
    if (this.#clusterRules.has(name)) return this.#clusterRules.get(name);
    const { clusterRoles } = this.#listers;
    const role = clusterRoles.get('', name);
    const rules = role && aggregateRules(role, clusterRoles.list());
    this.#clusterRules.set(name, rules);
    return rules;
  }
}

const userKey = (name: string): string => `u:${name}`;
const groupKey = (name: string): string => `g:${name}`;
const namespaceOf = ({ metadata }: RoleBinding): string => metadata.namespace ?? '';
const isClusterWide = ({ kind }: RoleBinding | ClusterRoleBinding): boolean => kind === 'ClusterRoleBinding';
const missing = (kind: string, name: string): string =>
  `${kind}.rbac.authorization.k8s.io ${JSON.stringify(name)} not found`;

/** By name, so that the reason for a decision does not hang on the order of storage. */
function bySubject(bindings: readonly (RoleBinding | ClusterRoleBinding)[]): EntriesBySubject {
  const index: EntriesBySubject = new Map();
  const sorted = bindings.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  sorted.forEach((binding, position) => {
    (binding.subjects ?? []).forEach((subject, subjectPosition) => {
      const key = keyOf(subject, namespaceOf(binding));
      if (key === undefined) return;
      const entries = index.get(key);
      const entry = { binding, position, subject, subjectPosition };
      if (entries === undefined) index.set(key, [entry]);
      else entries.push(entry);
    });
  });
  return index;
}

/** A service account is the user of its name; in a RoleBinding it may leave out the namespace. */
function keyOf({ kind, name, namespace }: Subject, bindingNamespace: string): string | undefined {
  if (kind === 'User') return userKey(name);
  if (kind === 'Group') return groupKey(name);
  const home = namespace || bindingNamespace;
  return kind === 'ServiceAccount' && home !== '' ? userKey(serviceAccountUser(home, name)) : undefined;
}

/** One entry a binding, that of its first subject that applies, in the order of bindings. */
function firstOfEach(entries: readonly Entry[]): readonly Entry[] {
  const firsts = new Map<number, Entry>();
  for (const entry of entries) {
    const other = firsts.get(entry.position);
    if (other === undefined || entry.subjectPosition < other.subjectPosition)
      firsts.set(entry.position, entry);
  }
  return [...firsts.values()].sort((a, b) => a.position - b.position);
}

/** In upstream's words: namespaces stand behind names. */
function describe(binding: RoleBinding | ClusterRoleBinding, subject: Subject): string {
  const namespace = namespaceOf(binding);
  const { name } = binding.metadata;
  const bindingName = isClusterWide(binding) ? name : `${name}/${namespace}`;
  const home = subject.namespace || namespace;
  const subjectName = subject.kind === 'ServiceAccount' ? `${subject.name}/${home}` : subject.name;
  const { roleRef } = binding;
  return `${binding.kind} ${quote(bindingName)} of ${roleRef.kind} ${quote(roleRef.name)} to ${subject.kind} ${quote(subjectName)}`;
}

const quote = (text: string): string => JSON.stringify(text);
