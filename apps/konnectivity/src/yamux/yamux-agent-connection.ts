import type { Duplex } from 'node:stream';
import { DialError, type Target } from '@hawser/dial';
import { systemClock } from '@hawser/runtime';
import { YamuxError, type YamuxSession } from '@hawser/yamux';
import { type AgentConnection, AgentGoneError } from '../link/agent-connection.ts';
import { connectRequest, MAX_REASON_BYTES, parseConnectRequest, parseStatus } from './connect-message.ts';
import { readHead } from './read-head.ts';

/** A dial has had no answer for so long: the agent is pinged. */
const DOUBT_MS = 1_000;

/** What a connection needs of the link that it is part of. */
export interface AgentLink {
  readonly agentID: string;
  readonly session: YamuxSession;
  readonly draining: () => boolean;
  readonly goAway: () => void;
  readonly close: () => void;
}

/** An agent that speaks yamux: each tunnel is a stream of its session, which begins with a CONNECT request. */
export class YamuxAgentConnection implements AgentConnection {
  readonly protocol = 'yamux';
  readonly closed: Promise<Error | undefined>;
  readonly #link: AgentLink;

  constructor(link: AgentLink) {
    this.#link = link;
    this.closed = link.session.closed;
  }

  get agentID(): string {
    return this.#link.agentID;
  }

  /** One whose streams are running out asks for another link itself. */
  get draining(): boolean {
    return this.#link.draining() || this.#link.session.almostUsedUp;
  }

  async dial(target: Target, signal: AbortSignal): Promise<Duplex> {
    const request = connectRequest(target);
    if (parseConnectRequest(request.slice(0, request.indexOf('\r\n'))) === undefined)
      throw new DialError(`dial tcp ${target.host}:${target.port}: no valid address`);
    if (signal.aborted) throw aborted(target, signal);
    const stream = this.#open();
    const onAbort = () => stream.destroy(aborted(target, signal));
    signal.addEventListener('abort', onAbort, { once: true });
    using _doubt = systemClock.after(DOUBT_MS, () => void this.#link.session.ping());
    try {
      stream.write(request);
      await readAnswer(stream);
      return stream;
    } catch (error) {
      stream.destroy();
      if (error instanceof DialError) throw error;
      throw new AgentGoneError(`agent ${this.agentID}: ${(error as Error).message}`, { cause: error });
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  goAway(): void {
    this.#link.goAway();
  }

  close(): void {
    this.#link.close();
  }

  #open(): Duplex {
    const { session, goAway } = this.#link;
    try {
      const wasAlmostUsedUp = session.almostUsedUp;
      const stream = session.open();
      if (session.almostUsedUp && !wasAlmostUsedUp) goAway();
      return stream;
    } catch (error) {
      if (!(error instanceof YamuxError)) throw error;
      throw new AgentGoneError(`agent ${this.agentID}: ${error.message}`, { cause: error });
    }
  }
}

/** @throws DialError with the agent's reason where it says that it has not connected. */
async function readAnswer(stream: Duplex): Promise<void> {
  const code = parseStatus(await readHead(stream));
  if (code === 200) return;
  if (code === undefined) throw new Error('the agent did not answer in HTTP/1.1');
  throw new DialError((await readReason(stream)) || `the agent answered ${code}`);
}

/** What the body of a refusal says, up to its end or as much as is told of any reason. */
function readReason(stream: Duplex): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    stream.setEncoding('utf8');
    const settle = () => resolve(text.slice(0, MAX_REASON_BYTES).replace(/[\u0000-\u001f\u007f]+/g, ' '));
    stream.on('data', (part: string) => {
      text += part;
      if (text.length >= MAX_REASON_BYTES) settle();
    });
    stream.on('end', settle).on('error', reject).on('close', settle).resume();
  });
}

function aborted({ host, port }: Target, signal: AbortSignal): DialError {
  const why = (signal.reason as Error | undefined)?.name === 'TimeoutError' ? 'i/o timeout' : 'canceled';
  return new DialError(`dial tcp ${host}:${port}: ${why}`, { cause: signal.reason });
}
