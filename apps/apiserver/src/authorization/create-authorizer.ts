import { persistentVolumes, pods, volumeAttachments } from '@hawser/api';
import { type Authorizer, NodeAuthorizer, PrivilegedGroupAuthorizer, UnionAuthorizer } from '@hawser/authz';
import type { Resources } from '../hub.ts';
import type { ApiServerOptions } from '../options.ts';

/** Asks those whom `--authorization-mode` names, in its order; `system:masters` may do everything before that. */
export function createAuthorizer(
  { authorizationMode }: Pick<ApiServerOptions, 'authorizationMode'>,
  resources: Resources,
  rbac: Authorizer,
): Authorizer {
  const byMode: Readonly<Record<string, () => Authorizer>> = {
    Node: () =>
      new NodeAuthorizer({
        pods: resources.lister(pods),
        persistentVolumes: resources.lister(persistentVolumes),
        volumeAttachments: resources.lister(volumeAttachments),
      }),
    RBAC: () => rbac,
    AlwaysAllow: () => ({ authorize: () => ({ verdict: 'allow', reason: '' }) }),
  };
  return new UnionAuthorizer([
    new PrivilegedGroupAuthorizer(),
    ...authorizationMode.map((mode) => byMode[mode]!()),
  ]);
}
