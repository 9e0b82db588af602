import type { TLSSocket } from 'node:tls';
import { DirectDialer, tlsOver } from '@hawser/dial';
import type { AgentProtocol } from '../link/agent-connection.ts';
import type { ConnectServer, ServerConnection, ServerConnectionOptions } from '../link/server-connection.ts';
import type { LinkIdentity } from './link-identity.ts';
import type { ServerEndpoint } from './server-endpoints.ts';

/** ALPN names of the agent protocols. */
export const ALPN: Readonly<Record<AgentProtocol, string>> = { yamux: 'hawser-yamux/1', grpc: 'h2' };

export type ProtocolChoice = 'auto' | AgentProtocol;

/** A link whose server is known by now. */
export interface OpenedLink {
  readonly connection: ServerConnection;
  /** Dials that the server has asked for and that have not ended yet. */
  readonly pendingDials: () => number;
  readonly protocol: AgentProtocol;
}

/** Makes one link. @throws Error with the reason; nothing is left behind. */
export type OpenLink = (
  endpoint: ServerEndpoint,
  identity: LinkIdentity,
  signal: AbortSignal,
) => Promise<OpenedLink>;

export interface OpenLinkOptions extends Pick<ServerConnectionOptions, 'dialTarget' | 'keepAliveMs'> {
  readonly port: number;
  readonly choice: ProtocolChoice;
  /** Offered besides, for what routes by them. */
  readonly moreAlpn: readonly string[];
  readonly agentID: string;
  readonly identifiers: string;
  readonly connectors: Readonly<Record<AgentProtocol, ConnectServer>>;
  /** For each of: the connection, the handshake, the introduction; 5 s if absent. */
  readonly stepTimeoutMs?: number;
}

const STEP_TIMEOUT_MS = 5_000;

/** A way to make links: TCP, TLS with the server verified, and whichever protocol it takes. */
export function createOpenLink(options: OpenLinkOptions): OpenLink {
  const { stepTimeoutMs: timeoutMs = STEP_TIMEOUT_MS } = options;
  const dialer = new DirectDialer({ timeoutMs });
  const alpnProtocols = [...offered(options.choice), ...options.moreAlpn];
  return async (endpoint, identity, signal) => {
    const stream = await dialer.dial({ host: endpoint.address, port: options.port }, signal);
    let socket: TLSSocket | undefined;
    const abandon = () => {
      socket?.destroy();
      stream.destroy();
    };
    signal.addEventListener('abort', abandon, { once: true });
    try {
      const { ca, cert, key } = identity;
      const trust = { ca, cert, key, serverName: endpoint.host, alpnProtocols };
      socket = await tlsOver(stream, { ...trust, timeoutMs });
      const protocol = spoken(socket, options.choice);
      return { ...(await introduce(socket, protocol, identity, options)), protocol };
    } catch (error) {
      abandon();
      throw error;
    } finally {
      signal.removeEventListener('abort', abandon);
    }
  };
}

function offered(choice: ProtocolChoice): string[] {
  return choice === 'auto' ? [ALPN.yamux, ALPN.grpc] : [ALPN[choice]];
}

/** Upstream's servers, and what stands before them, may know of no ALPN at all: they speak gRPC. */
function spoken(socket: TLSSocket, choice: ProtocolChoice): AgentProtocol {
  const protocol: AgentProtocol = socket.alpnProtocol === ALPN.yamux ? 'yamux' : 'grpc';
  if (choice === 'yamux' && protocol !== 'yamux')
    throw new Error(`the server does not speak ${ALPN.yamux}, which --protocol demands`);
  return protocol;
}

async function introduce(
  socket: TLSSocket,
  protocol: AgentProtocol,
  identity: LinkIdentity,
  options: OpenLinkOptions,
): Promise<Omit<OpenedLink, 'protocol'>> {
  const { agentID, identifiers, dialTarget, keepAliveMs, stepTimeoutMs = STEP_TIMEOUT_MS } = options;
  const hello = { agentID, identifiers, ...(identity.token === undefined ? {} : { token: identity.token }) };
  const late = Promise.withResolvers<never>();
  const why = `the server did not answer within ${stepTimeoutMs / 1000} s`;
  const timer = setTimeout(() => late.reject(new Error(why)), stepTimeoutMs);
  let pending = 0;
  const counted: typeof dialTarget = async (target, signal) => {
    pending += 1;
    try {
      return await dialTarget(target, signal);
    } finally {
      pending -= 1;
    }
  };
  const introduced = options.connectors[protocol](socket, { hello, dialTarget: counted, keepAliveMs });
  try {
    const connection = await Promise.race([introduced, late.promise]);
    return { connection, pendingDials: () => pending };
  } catch (error) {
    introduced.then(
      (connection) => connection.close(),
      () => {},
    );
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
