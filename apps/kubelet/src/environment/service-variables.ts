import type { HubAddress } from './hub-address.ts';

/** The variables by which a pod finds the API server (upstream's `FromServices` for the Service `kubernetes`). */
export function serviceVariables({ host, port }: HubAddress): ReadonlyMap<string, string> {
  const url = `tcp://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return new Map([
    ['KUBERNETES_SERVICE_HOST', host],
    ['KUBERNETES_SERVICE_PORT', port],
    ['KUBERNETES_SERVICE_PORT_HTTPS', port],
    ['KUBERNETES_PORT', url],
    [`KUBERNETES_PORT_${port}_TCP`, url],
    [`KUBERNETES_PORT_${port}_TCP_PROTO`, 'tcp'],
    [`KUBERNETES_PORT_${port}_TCP_PORT`, port],
    [`KUBERNETES_PORT_${port}_TCP_ADDR`, host],
  ]);
}
