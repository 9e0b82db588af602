import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Level } from './event.ts';

/** What a policy decides by. */
export interface AuditedRequest {
  readonly user: string;
  readonly groups: readonly string[];
  readonly verb: string;
  readonly namespace: string;
  readonly apiGroup: string;
  /** Empty for requests that are not about resources. */
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  readonly path: string;
}

interface GroupResources {
  group?: string;
  resources?: string[];
  resourceNames?: string[];
}

interface PolicyRule {
  level: Level;
  users?: string[];
  userGroups?: string[];
  verbs?: string[];
  resources?: GroupResources[];
  namespaces?: string[];
  nonResourceURLs?: string[];
}

/** How much of each request is recorded: the first rule that fits decides, and `None` where none does. */
export class AuditPolicy {
  constructor(readonly rules: readonly PolicyRule[]) {}

  /** Records the metadata of every request: what holds without a policy file. */
  static readonly metadata = new AuditPolicy([{ level: 'Metadata' }]);

  /**
   * Reads an upstream `audit.k8s.io/v1` Policy.
   * @throws Error where the file is no policy, or asks for a level that is not supported.
   */
  static load(path: string): AuditPolicy {
    const policy = parse(readFileSync(path, 'utf8')) as { kind?: string; rules?: PolicyRule[] };
    if (policy?.kind !== 'Policy') throw new Error(`${path}: kind is not Policy`);
    const rules = policy.rules ?? [];
    for (const { level } of rules)
      if (level !== 'None' && level !== 'Metadata')
        throw new Error(`${path}: level ${JSON.stringify(level)} is not supported, use None or Metadata`);
    if (rules.length === 0) throw new Error(`${path}: a policy needs at least one rule`);
    return new AuditPolicy(rules);
  }

  levelOf(request: AuditedRequest): Level {
    return this.rules.find((rule) => fits(rule, request))?.level ?? 'None';
  }
}

function fits(rule: PolicyRule, request: AuditedRequest): boolean {
  const among = (list: readonly string[] | undefined, value: string) => !list?.length || list.includes(value);
  if (!among(rule.users, request.user) || !among(rule.verbs, request.verb)) return false;
  if (rule.userGroups?.length && !rule.userGroups.some((group) => request.groups.includes(group)))
    return false;
  if (request.resource === '') {
    if (rule.namespaces?.length || rule.resources?.length) return false;
    return (
      !rule.nonResourceURLs?.length || rule.nonResourceURLs.some((pattern) => pathFits(pattern, request.path))
    );
  }
  if (rule.nonResourceURLs?.length) return false;
  if (!among(rule.namespaces, request.namespace)) return false;
  return !rule.resources?.length || rule.resources.some((resources) => resourceFits(resources, request));
}

function pathFits(pattern: string, path: string): boolean {
  if (pattern === '*') return true;
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
}

/** `pods` is the resource alone, `pods/log` its subresource, `pods/*` all of those, `*` anything. */
function resourceFits(
  { group = '', resources, resourceNames }: GroupResources,
  request: AuditedRequest,
): boolean {
  if (group !== request.apiGroup) return false;
  const target = request.subresource === '' ? request.resource : `${request.resource}/${request.subresource}`;
  const named = !resourceNames?.length || resourceNames.includes(request.name);
  if (!resources?.length) return named;
  const wild = [
    target,
    '*',
    ...(request.subresource === '' ? [] : [`${request.resource}/*`, `*/${request.subresource}`]),
  ];
  return named && resources.some((resource) => wild.includes(resource));
}
