import { ALL_AUTHENTICATED, SYSTEM_MASTERS } from '@hawser/authn';
import type { WriteContext } from '@hawser/registry';

/** How the hub writes on its own behalf (upstream: the loopback client `system:apiserver`). */
export const ownWrite: WriteContext = {
  identity: { name: 'system:apiserver', groups: [SYSTEM_MASTERS, ALL_AUTHENTICATED], extra: {} },
  sourceAddress: '',
  dryRun: false,
  warn: () => {},
};
