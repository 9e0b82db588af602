import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { DirectDialer } from '@hawser/dial';
import type { BufferLimits } from '@hawser/tunnel-konnectivity';
import type { AgentConnection, AgentHello, AgentReception } from '../../link/agent-connection.ts';
import type { ServerConnection, ServerConnectionOptions } from '../../link/server-connection.ts';
import { connectGrpcServer } from '../connect-grpc-server.ts';
import type { Doubt } from '../grpc-agent-connection.ts';
import { createGrpcAgents } from '../serve-grpc-agents.ts';
import { tlsPair } from './tls-pair.ts';

/** A reception that lets everybody in, unless the test has it do something else. */
export class ReceptionDouble implements AgentReception {
  readonly connected = Promise.withResolvers<AgentConnection>();
  readonly hellos: AgentHello[] = [];
  refusal: Error | undefined;

  serverHello() {
    return { serverID: 'server-1', serverCount: 2 };
  }

  async admit(hello: AgentHello) {
    this.hellos.push(hello);
    if (this.refusal !== undefined) throw this.refusal;
    return this.connected.resolve;
  }
}

export interface GrpcLink {
  readonly agent: AgentConnection;
  readonly server: ServerConnection;
  /** Cuts the connection without a word, as a cable that is pulled: nothing more comes or goes. */
  readonly cut: () => void;
  /** How many tunnels were closed because their reader was behind. */
  readonly overflows: () => number;
}

export interface GrpcLinkOptions {
  readonly keepAliveMs?: number;
  readonly bufferLimits?: BufferLimits;
  readonly doubt?: Doubt;
  readonly dialTarget?: ServerConnectionOptions['dialTarget'];
  readonly hello?: Partial<AgentHello>;
  readonly reception?: ReceptionDouble;
}

/** Our server and our agent, with a TLS connection between them. */
export async function grpcLink(options: GrpcLinkOptions = {}): Promise<GrpcLink> {
  const { keepAliveMs = 10_000, reception = new ReceptionDouble(), bufferLimits, doubt } = options;
  const [near, far] = await tlsPair();
  let overflows = 0;
  const serve = createGrpcAgents({
    ...(bufferLimits && { bufferLimits }),
    ...(doubt && { doubt }),
  });
  const onStalled = () => {
    overflows++;
  };
  serve(far, reception, { keepAliveMs, onStalled });
  const dialer = new DirectDialer({ allowHalfOpen: true });
  const server = await connectGrpcServer(near, {
    hello: { agentID: 'agent-1', identifiers: 'ipv4=127.0.0.1', ...options.hello },
    dialTarget: options.dialTarget ?? ((target, signal) => dialer.dial(target, signal)),
    keepAliveMs: 60_000,
  });
  const agent = await reception.connected.promise;
  const cut = () => {
    near.pause();
    near.write = () => false;
  };
  return { agent, server, cut, overflows: () => overflows };
}

/** A TCP server on loopback. @returns where it is. */
export async function target(onConnection: (socket: net.Socket) => void) {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
    onConnection(socket.on('error', () => {})),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    [Symbol.dispose]: () => void server.close(),
  };
}
