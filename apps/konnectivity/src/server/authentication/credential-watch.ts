import type { Clock } from '@hawser/runtime';
import { AgentRefusedError } from '../../link/agent-connection.ts';
import type { AgentIdentity } from './agent-identity.ts';
import type { TokenReviewer } from './token-reviewer.ts';

export interface CredentialWatchOptions {
  readonly tokens?: TokenReviewer;
  readonly clock: Clock;
}

/** How long a token may have been revoked before its agent is cut off. */
const TOKEN_REVIEW_MS = 60_000;

/** Looks after the credentials of agents for as long as they are connected: a link ends with what it was opened with. */
export class CredentialWatch {
  constructor(private readonly options: CredentialWatchOptions) {}

  /**
   * @param onEnd is told once why the credential counts no more.
   * @returns what ends the watch.
   */
  watch(identity: AgentIdentity, onEnd: (why: string) => void): Disposable {
    const { clock } = this.options;
    let over = false;
    let timer: Disposable | undefined;
    const end = (why: string) => {
      if (over) return;
      over = true;
      onEnd(why);
    };
    const next = () => {
      const leftMs = identity.expiresAtMs - clock.now().getTime();
      if (leftMs <= 0) return end(`the ${identity.credential.kind} has expired`);
      const waitMs = identity.credential.kind === 'token' ? Math.min(leftMs, TOKEN_REVIEW_MS) : leftMs;
      timer = clock.after(waitMs, () => void this.#reviewed(identity).then(check));
    };
    const check = (fault: string | undefined) => {
      if (over) return;
      if (fault === undefined) next();
      else end(fault);
    };
    next();
    const dispose = () => {
      over = true;
      timer?.[Symbol.dispose]();
    };
    return { [Symbol.dispose]: dispose };
  }

  /** @returns why the token is good no more; that it cannot be checked is no such reason. */
  async #reviewed({ credential, name, nodeName }: AgentIdentity): Promise<string | undefined> {
    const { tokens } = this.options;
    if (credential.kind !== 'token' || tokens === undefined) return undefined;
    try {
      const now = await tokens.reviewAgain(credential.token);
      return now.name === name && now.nodeName === nodeName ? undefined : 'the token is now for another';
    } catch (error) {
      if (error instanceof AgentRefusedError && error.code === 'Unavailable') return undefined;
      return (error as Error).message;
    }
  }
}
