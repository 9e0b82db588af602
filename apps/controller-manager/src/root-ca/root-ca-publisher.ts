import { type ConfigMap, configMaps, namespaces } from '@hawser/api';
import { keyOf } from '@hawser/client';
import type { ReloadingFiles } from '@hawser/tls-files';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { ignoreNotNeeded } from '../framework/expected-errors.ts';
import { Reconciler } from '../framework/reconciler.ts';

const NAME = 'kube-root-ca.crt';
const KEY = 'ca.crt';
const DESCRIPTION =
  'Certificate authorities that vouch for the API server at its in-cluster addresses; for nothing else.';

/**
 * Keeps a ConfigMap `kube-root-ca.crt` in each namespace, so that pods can verify the API server
 * (`pkg/controller/certificates/rootcacertpublisher`). They follow the file, as upstream's do not.
 *
 * @param rootCa the PEM bundle of --root-ca-file.
 */
export function createRootCaPublisher(
  context: ControllerContext,
  rootCa: ReloadingFiles<string>,
): Controller {
  const { client, informers } = context;
  const name = 'root-ca-certificate-publisher-controller';
  const namespaceCache = informers.get(namespaces);
  const published = informers.get(configMaps, { fieldSelector: `metadata.name=${NAME}` });
  const sync = async (namespace: string, signal: AbortSignal) => {
    const target = namespaceCache.get(namespace);
    if (!target || (target.status?.phase ?? 'Active') !== 'Active') return;
    const current = published.get(`${namespace}/${NAME}`);
    if (current && isCurrent(current, rootCa.current)) return;
    const wanted = wantedConfigMap(namespace, rootCa.current, current);
    if (current) await client.update(configMaps, wanted, { signal });
    else await client.create(configMaps, wanted, { signal }).catch(ignoreNotNeeded);
  };
  const reconciler = new Reconciler(context, { name, sync })
    .follow(namespaceCache, (namespace) => [keyOf(namespace)])
    .follow(published, ({ metadata }) => [metadata.namespace ?? '']);
  const publishAgain = () => {
    for (const namespace of namespaceCache.list()) reconciler.queue.add(keyOf(namespace));
  };
  const run = async (signal: AbortSignal) => {
    await Promise.all([reconciler.run(signal), rootCa.follow(publishAgain, signal)]);
  };
  return { name, run };
}

function isCurrent({ data, metadata }: ConfigMap, rootCa: string): boolean {
  const isWhole = Object.keys(data ?? {}).length === 1 && data?.[KEY] === rootCa;
  return isWhole && metadata.annotations?.['kubernetes.io/description'] !== undefined;
}

function wantedConfigMap(namespace: string, rootCa: string, current: ConfigMap | undefined): ConfigMap {
  const annotations = { ...current?.metadata.annotations, 'kubernetes.io/description': DESCRIPTION };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...current?.metadata, name: NAME, namespace, annotations },
    data: { [KEY]: rootCa },
  };
}
