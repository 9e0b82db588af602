import { type Identity, type Impersonation, parseServiceAccountUser, type WantedUser } from '@hawser/authn';
import type { Attributes, Authorizer } from '../authorizer.ts';
import { ConstrainedMode } from './constrained-mode.ts';
import {
  type ImpersonationMode,
  type ImpersonationOutcome,
  type ImpersonationRefusal,
  impersonationAttributes,
  refusalOf,
} from './impersonation-mode.ts';
import { nodeOfUser } from './node-of-user.ts';

/** In a token that is bound to a pod: the pod's node. */
const NODE_NAME_EXTRA = 'authentication.kubernetes.io/node-name';
/** Of how many requestors it is remembered what let them pass last. */
const MAX_REMEMBERED = 10_000;

/**
 * Whether a request may be taken for somebody else's (apiserver/pkg/endpoints/filters/impersonation): one mode after the
 * other, the narrowest first, and `impersonate` last. What let a requestor pass the last time is tried before; of
 * several refusals the first is told.
 */
export class Impersonator {
  readonly #modes: readonly ImpersonationMode[];
  readonly #lastMode = new Map<string, ImpersonationMode>();

  constructor(authorizer: Authorizer) {
    this.#modes = [
      new ConstrainedMode({ authorizer, name: 'associated-node', suits: isOwnNode, nodeName: '*' }),
      new ConstrainedMode({ authorizer, name: 'arbitrary-node', suits: isNode }),
      new ConstrainedMode({ authorizer, name: 'serviceaccount', suits: isServiceAccount }),
      new ConstrainedMode({ authorizer, name: 'user-info', suits: isOther }),
      unconstrainedMode(authorizer),
    ];
  }

  /** @param attributes of the request itself, as its sender makes it. */
  impersonate(impersonation: Impersonation, attributes: Attributes): ImpersonationOutcome {
    const requestor = attributes.identity.name;
    const last = this.#lastMode.get(requestor);
    const modes = last === undefined ? this.#modes : [last, ...this.#modes.filter((mode) => mode !== last)];
    let first: ImpersonationRefusal | undefined;
    for (const mode of modes) {
      const outcome = mode.check(impersonation, attributes);
      if (outcome === undefined) continue;
      if ('impersonated' in outcome) {
        this.#remember(requestor, mode);
        return outcome;
      }
      first ??= outcome.refusal;
    }
    return { refusal: first! };
  }

  #remember(requestor: string, mode: ImpersonationMode): void {
    if (this.#lastMode.get(requestor) === mode) return;
    if (this.#lastMode.size >= MAX_REMEMBERED) this.#lastMode.clear();
    this.#lastMode.set(requestor, mode);
  }
}

/** The verb `impersonate`, for whatever the request may be. It is for everybody, and so there is always an answer. */
function unconstrainedMode(authorizer: Authorizer): ImpersonationMode {
  return {
    check({ checks, identity }, { identity: requestor }) {
      for (const check of checks) {
        const refusal = refusalOf(authorizer, impersonationAttributes(requestor, 'impersonate', check));
        if (refusal !== undefined) return { refusal };
      }
      return { impersonated: { identity } };
    },
  };
}

const nameAlone = ({ uid, groups, extra }: WantedUser) =>
  uid === '' && groups.length === 0 && extra.size === 0;
const isNode = (wanted: WantedUser) => nameAlone(wanted) && nodeOfUser(wanted.user) !== undefined;
const isServiceAccount = (wanted: WantedUser) =>
  nameAlone(wanted) && parseServiceAccountUser(wanted.user) !== undefined;
const isOther = ({ user }: WantedUser) =>
  nodeOfUser(user) === undefined && parseServiceAccountUser(user) === undefined;

/** A pod's account may be the node that the pod runs on, if its token says so. */
function isOwnNode(wanted: WantedUser, { name, extra }: Identity): boolean {
  const [nodeName, ...more] = extra[NODE_NAME_EXTRA] ?? [];
  return (
    isNode(wanted) &&
    parseServiceAccountUser(name) !== undefined &&
    more.length === 0 &&
    nodeName === nodeOfUser(wanted.user)
  );
}
