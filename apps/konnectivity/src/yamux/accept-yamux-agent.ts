import type { TLSSocket } from 'node:tls';
import { type Clock, systemClock } from '@hawser/runtime';
import { YamuxSession, type YamuxStream } from '@hawser/yamux';
import type { AgentReception, ServeAgent, ServeAgentOptions } from '../link/agent-connection.ts';
import { ControlChannel, type ControlMessage } from './control-channel.ts';
import { DRAIN, parseHello, refusedMessage, welcomeMessage } from './messages.ts';
import { YamuxAgentConnection } from './yamux-agent-connection.ts';

/**
 * Serves an agent that speaks yamux: takes its introduction on the first stream that it opens, and hands its connection
 * on. Agents open no other streams.
 */
export function acceptYamuxAgent(
  socket: TLSSocket,
  reception: AgentReception,
  options: AcceptYamuxAgentOptions,
): void {
  new AcceptedAgent(socket, reception, options);
}
acceptYamuxAgent satisfies ServeAgent;

export interface AcceptYamuxAgentOptions extends ServeAgentOptions {
  readonly clock?: Clock;
  /** See YamuxOptions. */
  readonly maxStreamId?: number;
}

class AcceptedAgent {
  readonly #socket: TLSSocket;
  readonly #reception: AgentReception;
  readonly #session: YamuxSession;
  #control: ControlChannel | undefined;
  #introduced = false;
  #draining = false;

  constructor(socket: TLSSocket, reception: AgentReception, options: AcceptYamuxAgentOptions) {
    const { keepAliveMs, maxStreamId, clock = systemClock } = options;
    socket.setNoDelay(true);
    this.#socket = socket;
    this.#reception = reception;
    this.#session = new YamuxSession(socket, {
      role: 'server',
      onStream: (stream) => this.#opened(stream),
      keepAlive: { pingMs: keepAliveMs, deadlineMs: keepAliveMs },
      ...(maxStreamId === undefined ? {} : { maxStreamId }),
      clock,
    });
  }

  #opened(stream: YamuxStream): void {
    if (this.#control !== undefined) return void stream.destroy();
    this.#control = new ControlChannel(
      stream,
      (message) => this.#heard(message),
      (reason) => (reason === undefined ? this.#session.close() : this.#session.destroy(reason)),
    );
  }

  #heard(message: ControlMessage): void {
    if (this.#introduced) {
      if (message.type === DRAIN.type) this.#draining = true;
      return;
    }
    this.#introduced = true;
    this.#introduce(message).catch(async (error: unknown) => {
      await this.#control!.sendLast(refusedMessage(error));
      this.#session.close();
    });
  }

  async #introduce(message: ControlMessage): Promise<void> {
    const hello = parseHello(message);
    const take = await this.#reception.admit(hello, this.#socket);
    if (this.#socket.destroyed) return;
    this.#control!.send(welcomeMessage(this.#reception.serverHello()));
    take(
      new YamuxAgentConnection({
        agentID: hello.agentID,
        session: this.#session,
        draining: () => this.#draining || this.#session.peerGoneAway,
        goAway: () => this.#control!.send(DRAIN),
        close: () => this.#session.close(),
      }),
    );
  }
}
