import { Code, GrpcClient, GrpcError, type Metadata, metadataOf, metadataValues } from '@hawser/grpc';
import { TunnelServer } from '@hawser/tunnel-konnectivity';
import type { AgentHello } from '../link/agent-connection.ts';
import type { ConnectServer } from '../link/server-connection.ts';
import { errorOf } from './grpc-agent-connection.ts';
import { ANY_PING_METADATA, CONNECT_METHOD } from './serve-grpc-agents.ts';

/** What a server may have under way; it is credited as it comes, so that no target holds the link back. */
const WINDOW_BYTES = 4 * 1024 * 1024;
/** Upstream's server ends connections of agents that ping more often than every 30 s (`too_many_pings`). */
const UPSTREAM_MIN_PING_MS = 40_000;
const USER_AGENT = 'hawser-konnectivity-agent/0.1.0';

/** Introduces an agent by upstream's protocol (`AgentService/Connect`), to upstream's server or ours. */
export const connectGrpcServer: ConnectServer = async (socket, { hello, dialTarget, keepAliveMs }) => {
  const client = new GrpcClient(socket, {
    authority: socket.servername || 'konnectivity-server',
    secure: true,
    userAgent: USER_AGENT,
    windowBytes: WINDOW_BYTES,
  });
  try {
    const call = client.call(CONNECT_METHOD, introduction(hello));
    const metadata = await call.response;
    const { serverID, serverCount } = readServerHello(metadata);
    const minPingMs = metadataValues(metadata, ANY_PING_METADATA).length > 0 ? 0 : UPSTREAM_MIN_PING_MS;
    client.keepAlive({ pingMs: Math.max(keepAliveMs, minPingMs), timeoutMs: keepAliveMs });
    const tunnels = new TunnelServer(call, { dialTarget });
    const closed = tunnels.closed.then(errorOf);
    // The connection is of no use without its call.
    void closed.then(() => client.goAway());
    return {
      serverID,
      serverCount,
      closed,
      goingAway: client.goingAway,
      drain: () => tunnels.drain(),
      get tunnels() {
        return tunnels.tunnels + tunnels.pendingDials;
      },
      close: () => tunnels.cancel({ code: Code.canceled, message: 'agent is closing the connection' }),
    };
  } catch (error) {
    client.destroy();
    throw error instanceof GrpcError ? new Error(error.description, { cause: error }) : error;
  }
};

function introduction({ agentID, identifiers, token }: AgentHello): Metadata {
  return metadataOf([
    ['agentID', agentID],
    ['agentIdentifiers', identifiers],
    ...(token === undefined ? [] : [['authorization', `Bearer ${token.trim()}`] as const]),
  ]);
}

/** @throws Error in upstream's words. */
export function readServerHello(metadata: Metadata): { serverID: string; serverCount: number } {
  const ids = metadataValues(metadata, 'serverID');
  const counts = metadataValues(metadata, 'serverCount');
  if (ids.length !== 1) throw new Error(`expected one server ID in the context, got [${ids.join(' ')}]`);
  if (counts.length !== 1) throw new Error(`expected one server count, got ${counts.length}`);
  if (!/^[0-9]{1,9}$/.test(counts[0]!))
    throw new Error(`server count is no number: ${counts[0]!.slice(0, 32)}`);
  return { serverID: ids[0]!, serverCount: Number(counts[0]) };
}
