import type { ReloadSurroundings } from '@hawser/tls-files';
import {
  type FrontEnd,
  GrpcDialer,
  HttpConnectDialer,
  TcpFrontEnd,
  UdsFrontEnd,
} from '@hawser/tunnel-konnectivity';
import type { Egress, EgressContext } from './egress.ts';
import { EgressMetrics } from './egress-metrics.ts';
import type { Connection, Transport } from './egress-selector-configuration.ts';
import { MeteredDialer } from './metered-dialer.ts';

/**
 * Reaches all targets through a Konnectivity server, which need not be there yet.
 * @param connection a valid one.
 * @throws Error when its certificates cannot be read.
 */
export async function openKonnectivityEgress(
  { proxyProtocol, transport = {} }: Connection,
  { registry, clock, reloading }: EgressContext,
): Promise<Egress> {
  const protocol = proxyProtocol === 'GRPC' ? 'GRPC' : 'HTTPConnect';
  const frontEnd = frontEndOf(transport, reloading);
  await using stack = new AsyncDisposableStack();
  const Way = protocol === 'GRPC' ? GrpcDialer : HttpConnectDialer;
  const dialer = stack.use(new Way({ frontEnd, clock }));
  const labels = {
    protocol: protocol === 'GRPC' ? 'grpc' : 'http_connect',
    transport: transport.uds === undefined ? 'tcp' : 'uds',
  } as const;
  const owned = stack.move();
  return {
    dialer: new MeteredDialer({ dialer, metrics: new EgressMetrics(registry), labels, clock }),
    description: { protocol, through: frontEnd.name },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What cannot be used at all is said at start; later changes of the files need no restart. */
function frontEndOf({ uds, tcp }: Transport, reloading: ReloadSurroundings): FrontEnd {
  if (uds?.udsName !== undefined) return new UdsFrontEnd(uds.udsName);
  const { caBundle = '', clientCert = '', clientKey = '', tlsServerName } = tcp?.tlsConfig ?? {};
  const files = { caBundle, clientCert, clientKey, ...(tlsServerName && { tlsServerName }) };
  try {
    return new TcpFrontEnd(tcp?.url ?? '', files, { reloading });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `failed to create dialer for egressSelection "cluster": failed to read key pair ${clientCert} & ${clientKey} and CA bundle ${caBundle}, got ${why}`,
      { cause },
    );
  }
}
