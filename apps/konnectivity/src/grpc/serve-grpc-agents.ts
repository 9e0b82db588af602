import type { TLSSocket } from 'node:tls';
import {
  Code,
  type GrpcConnection,
  type GrpcStatus,
  type Metadata,
  metadataOf,
  metadataValues,
  type ServerCall,
  serveGrpc,
} from '@hawser/grpc';
import {
  type AgentHello,
  type AgentReception,
  AgentRefusedError,
  type ServeAgent,
} from '../link/agent-connection.ts';
import { GrpcAgentConnection, type GrpcAgentsOptions } from './grpc-agent-connection.ts';

export const CONNECT_METHOD = '/AgentService/Connect';

/** A server that sends this along may be pinged as often as an agent likes. */
export const ANY_PING_METADATA = 'hawser-any-ping';

/** What an agent may have under way; it is credited as it comes, so that no reader holds the link back. */
const WINDOW_BYTES = 4 * 1024 * 1024;
/** Upstream's agents make one call a connection; who makes many is no agent, and each costs a look at a token. */
const MAX_CALLS = 16;

/** Serves agents that speak upstream's protocol (`AgentService/Connect`), byte-compatible. */
export function createGrpcAgents(options: GrpcAgentsOptions = {}): ServeAgent {
  return (socket, reception, { keepAliveMs, onStalled }) => {
    const served = onStalled === undefined ? options : { ...options, onOverflow: onStalled };
    let calls = 0;
    const connect = (call: ServerCall) => {
      calls += 1;
      if (calls > MAX_CALLS) connection.destroy(new Error('an agent makes one call'));
      else void receive(call, socket, reception, connection, served);
    };
    const connection: GrpcConnection = serveGrpc(socket, {
      methods: { [CONNECT_METHOD]: connect },
      windowBytes: WINDOW_BYTES,
      maxConcurrentStreams: MAX_CALLS,
      keepAlive: { pingMs: keepAliveMs, timeoutMs: keepAliveMs },
    });
  };
}

async function receive(
  call: ServerCall,
  socket: TLSSocket,
  reception: AgentReception,
  connection: GrpcConnection,
  options: GrpcAgentsOptions,
): Promise<void> {
  try {
    const hello = readHello(call.metadata);
    const take = await reception.admit(hello, socket);
    if (call.over) return;
    const { serverID, serverCount } = reception.serverHello();
    call.respond(
      metadataOf([
        ['serverID', serverID],
        ['serverCount', String(serverCount)],
        [ANY_PING_METADATA, 'true'],
      ]),
    );
    take(new GrpcAgentConnection(hello.agentID, call, connection, options));
  } catch (error) {
    call.finish(statusOf(error));
  }
}

/** @throws AgentRefusedError in upstream's words. */
export function readHello(metadata: Metadata): AgentHello {
  const agentIDs = metadataValues(metadata, 'agentID');
  const identifiers = metadataValues(metadata, 'agentIdentifiers');
  const tokens = metadataValues(metadata, 'authorization');
  if (agentIDs.length !== 1 || agentIDs[0] === '')
    throw new AgentRefusedError(
      'InvalidArgument',
      `expected one agent ID in the context, got [${agentIDs.join(' ')}]`,
    );
  if (identifiers.length > 1)
    throw new AgentRefusedError(
      'InvalidArgument',
      `expected at most one set of agent identifiers in the context, got [${identifiers.join(' ')}]`,
    );
  const token = readToken(tokens);
  return {
    agentID: agentIDs[0]!,
    identifiers: identifiers[0] ?? '',
    ...(token === undefined ? {} : { token }),
  };
}

function readToken(values: readonly string[]): string | undefined {
  if (values.length === 0) return undefined;
  if (values.length > 1)
    throw new AgentRefusedError('Unauthenticated', `too many (${values.length}) tokens are received`);
  if (!values[0]!.startsWith('Bearer '))
    throw new AgentRefusedError('Unauthenticated', 'received token does not have "Bearer " prefix');
  return values[0]!.slice('Bearer '.length).trim();
}

const CODES = {
  Unauthenticated: Code.unauthenticated,
  PermissionDenied: Code.permissionDenied,
  InvalidArgument: Code.invalidArgument,
  Unavailable: Code.unavailable,
} as const;

/** What is no refusal is nobody's affair but ours. */
function statusOf(error: unknown): GrpcStatus {
  if (error instanceof AgentRefusedError) return { code: CODES[error.code], message: error.message };
  return { code: Code.internal, message: 'internal error' };
}
