import type { PolicyRule, SubjectRulesReviewStatus } from '@hawser/api';
import type { Identity } from '@hawser/authn';
import type { Attributes, Authorizer, Decision } from '../authorizer.ts';
import { allow, noOpinion } from '../decision.ts';
import { type Grants, RbacIndex } from './rbac-index.ts';
import type { RbacListers } from './rbac-listers.ts';
import { ruleAllows } from './rule-allows.ts';

/** What an identity has, kept as long as the index that it was looked up in stands. */
interface Memo {
  readonly index: RbacIndex;
  readonly clusterWide: Grants;
  readonly byNamespace: Map<string, Grants>;
}

const NO_MATCH = noOpinion();

/**
 * Roles and their bindings (kubernetes/plugin/pkg/auth/authorizer/rbac). Rights only add up; there is nothing
 * that forbids. What an identity was given is remembered by the object: certificates and tokens yield the same
 * one for request after request, and when it goes, so does the memory of it.
 */
export class RbacAuthorizer implements Authorizer {
  readonly #listers: RbacListers;
  readonly #memos = new WeakMap<Identity, Memo>();
  #index: RbacIndex | undefined;
  #versions = '';

  constructor(listers: RbacListers) {
    this.#listers = listers;
  }

  authorize(attributes: Attributes): Decision {
    const memo = this.#memoOf(attributes.identity);
    const clusterWide = firstAllowing(memo.clusterWide, attributes);
    if (clusterWide !== undefined) return clusterWide;
    const { namespace } = attributes;
    const local = namespace === '' ? undefined : grantsIn(memo, attributes.identity, namespace);
    const allowed = local && firstAllowing(local, attributes);
    return allowed ?? refusal([...memo.clusterWide.faults, ...(local?.faults ?? [])]);
  }

  /** Every rule that holds for somebody in a namespace; of cluster-wide ones alone if it is empty. */
  rulesOf(identity: Identity, namespace: string): readonly PolicyRule[] {
    const memo = this.#memoOf(identity);
    const grants = [...memo.clusterWide.grants];
    if (namespace !== '') grants.push(...grantsIn(memo, identity, namespace).grants);
    return grants.flatMap(({ rules }) => rules);
  }

  /** Which roles that somebody is bound to there are not, in upstream's words; empty if none. */
  faultOf(identity: Identity, namespace: string): string {
    const memo = this.#memoOf(identity);
    const local = namespace === '' ? [] : grantsIn(memo, identity, namespace).faults;
    return aggregate([...memo.clusterWide.faults, ...local]);
  }

  /** The same as a SelfSubjectRulesReview answers it. */
  rulesFor(identity: Identity, namespace: string): SubjectRulesReviewStatus {
    const rules = this.rulesOf(identity, namespace);
    const fault = this.faultOf(identity, namespace);
    return {
      resourceRules: rules
        .filter(({ resources = [] }) => resources.length > 0)
        .map(({ verbs, apiGroups, resources, resourceNames }) => ({
          verbs,
          apiGroups,
          resources,
          resourceNames,
        })),
      nonResourceRules: rules
        .filter(({ nonResourceURLs = [] }) => nonResourceURLs.length > 0)
        .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
      incomplete: false,
      ...(fault === '' ? {} : { evaluationError: fault }),
    };
  }

  #memoOf(identity: Identity): Memo {
    const index = this.#currentIndex();
    const known = this.#memos.get(identity);
    if (known?.index === index) return known;
    const memo: Memo = { index, clusterWide: index.clusterGrants(identity), byNamespace: new Map() };
    this.#memos.set(identity, memo);
    return memo;
  }

  #currentIndex(): RbacIndex {
    const { roles, roleBindings, clusterRoles, clusterRoleBindings } = this.#listers;
    const versions = `${roles.version},${roleBindings.version},${clusterRoles.version},${clusterRoleBindings.version}`;
    if (this.#index === undefined || versions !== this.#versions) {
      this.#index = new RbacIndex(this.#listers);
      this.#versions = versions;
    }
    return this.#index;
  }
}

/** Namespaces without bindings are not remembered: their names may be anything that somebody asks for. */
function grantsIn({ index, byNamespace }: Memo, identity: Identity, namespace: string): Grants {
  const known = byNamespace.get(namespace);
  if (known !== undefined) return known;
  const grants = index.namespaceGrants(identity, namespace);
  if (index.hasBindingsIn(namespace)) byNamespace.set(namespace, grants);
  return grants;
}

function firstAllowing({ grants }: Grants, attributes: Attributes): Decision | undefined {
  for (const { rules, source } of grants)
    for (const rule of rules) if (ruleAllows(rule, attributes)) return allow(`RBAC: allowed by ${source}`);
  return undefined;
}

function refusal(faults: readonly string[]): Decision {
  return faults.length === 0 ? NO_MATCH : noOpinion(`RBAC: ${aggregate(faults)}`);
}

/** Several errors in one line, as apimachinery/pkg/util/errors prints them. */
function aggregate(faults: readonly string[]): string {
  const distinct = [...new Set(faults)];
  return distinct.length > 1 ? `[${distinct.join(', ')}]` : (distinct[0] ?? '');
}
