import type { Pod, Service } from '@hawser/api';

/**
 * The variables by which a pod finds the Services of its namespace, as those of `docker --link` (upstream's
 * `FromServices`). Those of the Service `kubernetes` in `default` are the kubelet's affair: see `serviceVariables`.
 * @param services of all namespaces.
 */
export function serviceLinks({ metadata, spec }: Pod, services: readonly Service[]): Map<string, string> {
  const links = new Map<string, string>();
  if (spec.enableServiceLinks === false) return links;
  const mine = services.filter((service) => isLinked(service, metadata.namespace));
  for (const service of mine.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)))
    for (const [name, value] of variablesOf(service)) links.set(name, value);
  return links;
}

function isLinked({ metadata, spec }: Service, namespace: string | undefined): boolean {
  const { name } = metadata;
  const isHub = metadata.namespace === 'default' && name === 'kubernetes';
  const hasAddress = spec?.type !== 'ExternalName' && !!spec?.clusterIP && spec.clusterIP !== 'None';
  return metadata.namespace === namespace && hasAddress && !isHub;
}

function* variablesOf({ metadata, spec }: Service): Generator<[string, string]> {
  const host = spec!.clusterIP!;
  const ports = spec!.ports ?? [];
  const prefix = variableName(metadata.name);
  yield [`${prefix}_SERVICE_HOST`, host];
  if (ports.length > 0) yield [`${prefix}_SERVICE_PORT`, String(ports[0]!.port)];
  for (const { name, port } of ports)
    if (name) yield [`${prefix}_SERVICE_PORT_${variableName(name)}`, String(port)];
  for (const [i, { port, protocol = 'TCP' }] of ports.entries()) {
    const url = `${protocol.toLowerCase()}://${host.includes(':') ? `[${host}]` : host}:${port}`;
    const link = `${prefix}_PORT_${port}_${protocol}`;
    if (i === 0) yield [`${prefix}_PORT`, url];
    yield [link, url];
    yield [`${link}_PROTO`, protocol.toLowerCase()];
    yield [`${link}_PORT`, String(port)];
    yield [`${link}_ADDR`, host];
  }
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}
