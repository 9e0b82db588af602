import type { TLSSocket } from 'node:tls';
import { type Clock, systemClock } from '@hawser/runtime';
import { YamuxSession, type YamuxStream } from '@hawser/yamux';
import type { ServerHello } from '../link/agent-connection.ts';
import type { ConnectServer, ServerConnection, ServerConnectionOptions } from '../link/server-connection.ts';
import { ControlChannel, type ControlMessage } from './control-channel.ts';
import { DRAIN, helloMessage, parseWelcome } from './messages.ts';
import { serveTunnel } from './serve-tunnel.ts';

export interface ConnectYamuxServerOptions extends ServerConnectionOptions {
  readonly clock?: Clock;
}

/**
 * Introduces an agent to a server that speaks yamux, and serves the streams that it opens.
 * @throws AgentRefusedError when the server turns it away; Error when there is no such server.
 */
export function connectYamuxServer(
  socket: TLSSocket,
  options: ConnectYamuxServerOptions,
): Promise<ServerConnection> {
  return new YamuxLink(socket, options).welcomed;
}
connectYamuxServer satisfies ConnectServer;

class YamuxLink implements ServerConnection {
  /** Resolves with the link itself when the server has taken the agent. */
  readonly welcomed: Promise<ServerConnection>;
  readonly closed: Promise<Error | undefined>;
  readonly goingAway: Promise<void>;
  readonly #options: ServerConnectionOptions;
  readonly #clock: Clock;
  readonly #session: YamuxSession;
  readonly #control: ControlChannel;
  #server: ServerHello | undefined;
  #sayGoingAway: () => void = () => {};
  #tunnels = 0;

  constructor(socket: TLSSocket, options: ConnectYamuxServerOptions) {
    const { keepAliveMs, hello, clock = systemClock } = options;
    socket.setNoDelay(true);
    this.#options = options;
    this.#clock = clock;
    this.#session = new YamuxSession(socket, {
      role: 'client',
      onStream: (stream) => void this.#serve(stream),
      keepAlive: { pingMs: keepAliveMs, deadlineMs: keepAliveMs },
      clock,
    });
    this.closed = this.#session.closed;
    this.goingAway = new Promise((resolve) => {
      this.#sayGoingAway = resolve;
    });
    const welcome = Promise.withResolvers<ServerConnection>();
    this.welcomed = welcome.promise;
    this.#control = new ControlChannel(
      this.#session.open(),
      (message) => this.#heard(message, welcome),
      (reason) => this.#lost(reason, welcome),
    );
    this.#control.send(helloMessage(hello));
  }

  get serverID(): string {
    return this.#server!.serverID;
  }

  get serverCount(): number {
    return this.#server!.serverCount;
  }

  get tunnels(): number {
    return this.#tunnels;
  }

  drain(): void {
    this.#control.send(DRAIN);
  }

  close(): void {
    this.#session.close();
  }

  #heard(message: ControlMessage, welcome: PromiseWithResolvers<ServerConnection>): void {
    if (this.#server !== undefined) {
      if (message.type === DRAIN.type) this.#sayGoingAway();
      return;
    }
    try {
      this.#server = parseWelcome(message);
      welcome.resolve(this);
    } catch (error) {
      welcome.reject(error);
      this.#session.close();
    }
  }

  #lost(reason: Error | undefined, welcome: PromiseWithResolvers<ServerConnection>): void {
    welcome.reject(reason ?? new Error('the server ended the connection'));
    if (reason === undefined) this.#session.close();
    else this.#session.destroy(reason);
  }

  async #serve(stream: YamuxStream): Promise<void> {
    // Until it knows us, a server has nothing to ask.
    if (this.#server === undefined) return void stream.destroy();
    let counted = 0;
    await serveTunnel(stream, this.#options.dialTarget, this.#clock, () => {
      counted = 1;
      this.#tunnels += counted;
    });
    this.#tunnels -= counted;
  }
}
