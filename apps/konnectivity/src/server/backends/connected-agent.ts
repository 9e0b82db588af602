import type { AgentConnection } from '../../link/agent-connection.ts';
import type { AgentIdentity } from '../authentication/agent-identity.ts';
import type { ClaimDecision } from '../identifiers/decide-claims.ts';
import type { Claim, RejectedClaim } from '../identifiers/parse-identifiers.ts';
import type { AgentFacts } from '../server-events.ts';

/** An agent that has been let in. */
export interface ConnectedAgent {
  readonly identity: AgentIdentity;
  readonly connection: AgentConnection;
  readonly facts: AgentFacts;
  /** How much has come from it so far, of whatever kind. */
  readonly bytesHeard: () => number;
  readonly claims: readonly Claim[];
  /** What it said that cannot be read. */
  readonly malformed: readonly RejectedClaim[];
  /** What of its claims counts at present. */
  decision: ClaimDecision;
}

/** Links of the same agent, of which the latest is the one to use; of one Node, as others may take its ID for theirs. */
export function agentKey({ identity, connection }: ConnectedAgent): string {
  return `${identity.name}\n${identity.nodeName ?? ''}\n${connection.agentID}`;
}
