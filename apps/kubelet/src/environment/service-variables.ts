/**
 * The variables by which a pod finds the API server (upstream's `FromServices` for the Service `kubernetes`).
 * They name the address that the kubelet itself uses: as long as nothing on the node answers for Services'
 * addresses, that is the one that a pod, which shares the node's network, can reach and verify.
 */
export function serviceVariables(server: string): ReadonlyMap<string, string> {
  const { hostname, port: given } = new URL(server);
  const host = hostname.replace(/^\[|\]$/g, '');
  const port = given || '443';
  const url = `tcp://${hostname}:${port}`;
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
