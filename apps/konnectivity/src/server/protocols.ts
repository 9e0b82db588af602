import type { ServeAgent } from '../link/agent-connection.ts';
import type { ServeFrontEnd } from '../link/front-end.ts';

/** By ALPN, the best first: what agents may speak. */
export type AgentProtocols = Readonly<Record<string, ServeAgent>>;

/** By the values of `--mode`. */
export type FrontEndProtocols = Readonly<Record<'grpc' | 'http-connect', ServeFrontEnd | undefined>>;
