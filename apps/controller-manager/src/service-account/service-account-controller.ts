import { namespaces, type ServiceAccount, serviceAccounts } from '@hawser/api';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { ignoreNotNeeded } from '../framework/expected-errors.ts';
import { Reconciler } from '../framework/reconciler.ts';

const DEFAULT = 'default';

/** Keeps a service account `default` in each namespace (`pkg/controller/serviceaccount`). */
export function createServiceAccountController(context: ControllerContext): Controller {
  const { client, informers } = context;
  const name = 'serviceaccount-controller';
  const namespaceCache = informers.get(namespaces);
  const accounts = informers.get(serviceAccounts);
  const sync = async (namespace: string, signal: AbortSignal) => {
    const phase = namespaceCache.get(namespace)?.status?.phase ?? 'Active';
    if (!namespaceCache.get(namespace) || phase !== 'Active' || accounts.get(`${namespace}/${DEFAULT}`))
      return;
    await client
      .create(serviceAccounts, { metadata: { name: DEFAULT, namespace } }, { signal })
      .catch(ignoreNotNeeded);
  };
  return new Reconciler(context, { name, sync }).follow(namespaceCache).follow(accounts, namespaceOfDefault);
}

/** Only the account that is kept concerns this loop. */
function* namespaceOfDefault({ metadata }: ServiceAccount): Generator<string> {
  if (metadata.name === DEFAULT && metadata.namespace) yield metadata.namespace;
}
