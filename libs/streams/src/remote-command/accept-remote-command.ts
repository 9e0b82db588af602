import type { Duplex } from 'node:stream';
import type { Clock } from '@hawser/runtime';
import type { KeepAliveOptions } from '../keep-alive.ts';
import { answerRefusal, type StatusOfRefusal, switchProtocols } from '../upgrade/upgrade-answer.ts';
import { UpgradeRefusedError } from '../upgrade/upgrade-error.ts';
import { SPDY, STREAM_PROTOCOL_HEADER, type UpgradeRequest } from '../upgrade/upgrade-request.ts';
import { negotiateRemoteCommand } from './negotiate-remote-command.ts';
import type { RemoteCommandOptions, RemoteCommandStreams } from './remote-command-streams.ts';
import { serveSpdyCommand } from './spdy-server.ts';
import { serveWebSocketCommand } from './web-socket-server.ts';

/** What an upgrade may be given beside what the protocol needs. */
export interface AcceptOptions {
  /** Makes the body of an answer that refuses the upgrade; a plain Status without it. */
  readonly statusOf?: StatusOfRefusal;
  readonly clock?: Clock;
  readonly keepAlive?: KeepAliveOptions;
}

/**
 * Takes a request for exec or attach (`http.Server`'s `upgrade` event) through the upgrade, whichever protocol its
 * client speaks.
 * @returns the streams, when the client has opened all of those that it asked for.
 * @throws UpgradeRefusedError when it is turned down, which the client has been told then; Error when the client goes
 * away or does not open its streams within 30 s. The connection needs no further care in either case.
 */
export async function acceptRemoteCommand(
  request: UpgradeRequest,
  socket: Duplex,
  head: Buffer,
  options: RemoteCommandOptions & AcceptOptions,
): Promise<RemoteCommandStreams> {
  try {
    const { transport, protocol } = negotiateRemoteCommand(request);
    if (transport === 'websocket') return serveWebSocketCommand(request, socket, head, protocol, options);
    switchProtocols(socket, SPDY, [[STREAM_PROTOCOL_HEADER, protocol]]);
    return await serveSpdyCommand(socket, head, protocol, options);
  } catch (error) {
    if (error instanceof UpgradeRefusedError) answerRefusal(socket, error, options.statusOf);
    throw error;
  }
}
