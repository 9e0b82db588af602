import {
  type Identity,
  type Impersonation,
  parseServiceAccountUser,
  SYSTEM_MASTERS,
  serviceAccountGroups,
  type WantedUser,
  withAuthenticated,
} from '@hawser/authn';
import type { Attributes, Authorizer } from '../authorizer.ts';
import { NODES_GROUP } from '../node/node-name.ts';
import { extraFault } from './extra-fault.ts';
import {
  type ImpersonatedResource,
  type ImpersonationMode,
  type ImpersonationOutcome,
  type ImpersonationRefusal,
  impersonationAttributes,
  refusalOf,
} from './impersonation-mode.ts';
import { nodeOfUser } from './node-of-user.ts';

const AUTHENTICATION = 'authentication.k8s.io';
/** From so many on it is asked first whether all are allowed at once. */
const MANY = 4;

export interface ConstrainedModeOptions {
  readonly authorizer: Authorizer;
  /** `user-info`, `serviceaccount`, `arbitrary-node`, `associated-node`. */
  readonly name: string;
  readonly suits: (wanted: WantedUser, requestor: Identity) => boolean;
  /** The name of the node that is asked about; by default the one wanted. */
  readonly nodeName?: string;
}

/**
 * Impersonation for certain requests only (KEP 5284, on by default in 1.36): who may `impersonate-on:MODE:VERB` what the
 * request is about, and may `impersonate:MODE` everything that is wanted of the other. `system:masters` is not to be had.
 */
export class ConstrainedMode implements ImpersonationMode {
  readonly #options: ConstrainedModeOptions;
  readonly #verb: string;

  constructor(options: ConstrainedModeOptions) {
    this.#options = options;
    this.#verb = `impersonate:${options.name}`;
  }

  check({ wanted }: Impersonation, attributes: Attributes): ImpersonationOutcome | undefined {
    const { authorizer, name, suits } = this.#options;
    const { identity: requestor, verb } = attributes;
    if (!suits(wanted, requestor)) return undefined;
    const refusal =
      refusalOf(authorizer, { ...attributes, verb: `impersonate-on:${name}:${verb}` }) ??
      this.#refuse(requestor, this.#userOf(wanted)) ??
      (wanted.uid === ''
        ? undefined
        : this.#refuse(requestor, { apiGroup: AUTHENTICATION, resource: 'uids', name: wanted.uid })) ??
      this.#refuseGroups(requestor, wanted.groups) ??
      this.#refuseExtra(requestor, wanted.extra);
    if (refusal !== undefined) return { refusal };
    return { impersonated: { identity: identityOf(wanted), constraint: this.#verb } };
  }

  #userOf({ user }: WantedUser): ImpersonatedResource {
    const node = nodeOfUser(user);
    if (node !== undefined)
      return { apiGroup: AUTHENTICATION, resource: 'nodes', name: this.#options.nodeName ?? node };
    const account = parseServiceAccountUser(user);
    return account === undefined
      ? { apiGroup: AUTHENTICATION, resource: 'users', name: user }
      : { apiGroup: AUTHENTICATION, resource: 'serviceaccounts', ...account };
  }

  #attributes(requestor: Identity, resource: ImpersonatedResource): Attributes {
    return impersonationAttributes(requestor, this.#verb, resource);
  }

  #refuse(requestor: Identity, resource: ImpersonatedResource): ImpersonationRefusal | undefined {
    return refusalOf(this.#options.authorizer, this.#attributes(requestor, resource));
  }

  #refuseGroups(requestor: Identity, groups: readonly string[]): ImpersonationRefusal | undefined {
    const group = (name: string) => ({ apiGroup: AUTHENTICATION, resource: 'groups', name });
    const never = (name: string, reason: string) => ({
      attributes: this.#attributes(requestor, group(name)),
      reason,
    });
    if (groups.includes('')) return never('', 'impersonating the empty string group is not allowed');
    if (groups.includes(SYSTEM_MASTERS))
      return never(SYSTEM_MASTERS, `impersonating the ${SYSTEM_MASTERS} group is not allowed`);
    return this.#refuseAny(requestor, group('*'), groups.map(group));
  }

  #refuseExtra(requestor: Identity, extra: WantedUser['extra']): ImpersonationRefusal | undefined {
    const value = (subresource: string, name: string) => ({
      apiGroup: AUTHENTICATION,
      resource: 'userextras',
      subresource,
      name,
    });
    const fault = extraFault(extra);
    if (fault !== undefined) return { attributes: this.#attributes(requestor, value('', '')), reason: fault };
    const values = [...extra].flatMap(([key, names]) => names.map((name) => value(key, name)));
    return this.#refuseAny(requestor, value('*', '*'), values);
  }

  /** Of many, all at once will do. */
  #refuseAny(requestor: Identity, all: ImpersonatedResource, each: readonly ImpersonatedResource[]) {
    if (each.length >= MANY && this.#refuse(requestor, all) === undefined) return undefined;
    for (const resource of each) {
      const refusal = this.#refuse(requestor, resource);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }
}

/** Nodes and service accounts have the groups that they always have. */
function identityOf({ user, uid, groups, extra }: WantedUser): Identity {
  const account = parseServiceAccountUser(user);
  const own =
    nodeOfUser(user) !== undefined ? [NODES_GROUP] : account && serviceAccountGroups(account.namespace);
  return {
    name: user,
    ...(uid === '' ? {} : { uid }),
    groups: withAuthenticated(user, own ?? groups),
    extra: Object.fromEntries(extra),
  };
}
