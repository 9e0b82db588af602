import { tokenReviews } from '@hawser/api';
import { NODE_NAME, serviceAccountUser } from '@hawser/authn';
import type { KubeClient } from '@hawser/client';
import { AgentRefusedError } from '../../link/agent-connection.ts';
import type { AgentIdentity } from './agent-identity.ts';

export interface TokenReviewerOptions {
  readonly client: KubeClient;
  /** For whom the tokens must have been made. */
  readonly audience: string;
  /** Whose the tokens must be. */
  readonly agentNamespace: string;
  readonly agentServiceAccount: string;
}

const REVIEW_TIMEOUT_MS = 5_000;
/** At once; whoever comes with made-up tokens must not keep the API server busy. */
const MAX_REVIEWS = 64;

/** Service account tokens of agents: the API server says whose they are (authentication.k8s.io/v1 TokenReview). */
export class TokenReviewer {
  #underWay = 0;

  constructor(private readonly options: TokenReviewerOptions) {}

  /** As `reviewAgain`, of a token that somebody comes with; Unavailable as well while there are too many of those. */
  async review(token: string): Promise<AgentIdentity> {
    if (this.#underWay >= MAX_REVIEWS) throw new AgentRefusedError('Unavailable', 'too many tokens to check');
    this.#underWay += 1;
    try {
      return await this.reviewAgain(token);
    } finally {
      this.#underWay -= 1;
    }
  }

  /**
   * Of an agent that is connected: whoever comes with made-up tokens does not keep a revoked one from being noticed.
   * @returns whose the token is.
   * @throws AgentRefusedError: Unauthenticated when it is not good, or another's than it must be; Unavailable when the
   * API server cannot be asked.
   */
  async reviewAgain(token: string): Promise<AgentIdentity> {
    const { audience, agentNamespace, agentServiceAccount } = this.options;
    const status = await this.#ask(token);
    if (status?.error) throw refuse(`lookup failed: ${status.error}`);
    if (!status?.authenticated) throw refuse('lookup failed: service account jwt not valid');
    // A server that knows nothing of audiences leaves them out, and vouches for its own only.
    if (!status.audiences?.includes(audience))
      throw refuse(`lookup failed: the token is not for ${audience}`);
    const { username = '', extra = {} } = status.user ?? {};
    const expected = serviceAccountUser(agentNamespace, agentServiceAccount);
    if (username !== expected)
      throw refuse(
        `lookup failed: incoming request from ${JSON.stringify(username)}. Expected ${JSON.stringify(expected)}`,
      );
    const nodes = extra[NODE_NAME] ?? [];
    return {
      name: username,
      ...(nodes.length === 1 ? { nodeName: nodes[0]! } : {}),
      expiresAtMs: expiryOf(token),
      credential: { kind: 'token', token },
    };
  }

  async #ask(token: string) {
    const { client, audience } = this.options;
    const signal = AbortSignal.timeout(REVIEW_TIMEOUT_MS);
    try {
      const spec = { token, audiences: [audience] };
      const { status } = await client.create(tokenReviews, { spec }, { signal });
      return status;
    } catch (cause) {
      throw new AgentRefusedError('Unavailable', 'the token cannot be checked now', { cause });
    }
  }
}

function refuse(why: string): AgentRefusedError {
  return new AgentRefusedError('Unauthenticated', `Failed to validate authentication token, err:${why}`);
}

/** The `exp` of a token that has been found good; one without it is good until the API server says otherwise. */
export function expiryOf(token: string): number {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    return typeof claims.exp === 'number' ? claims.exp * 1000 : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
