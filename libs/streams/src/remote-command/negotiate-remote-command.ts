import {
  chooseSpdyProtocol,
  chooseWebSocketProtocol,
  isSpdyRequest,
  isWebSocketRequest,
  refuseUpgrade,
  type UpgradeRequest,
} from '../upgrade/upgrade-request.ts';
import { SPDY_VERSIONS } from './spdy-server.ts';
import { WEB_SOCKET_VERSIONS } from './web-socket-server.ts';

/** How a client and a server of exec or attach are to talk. */
export interface RemoteCommandProtocol {
  readonly transport: 'websocket' | 'spdy';
  /** As `v4.channel.k8s.io`; '' for a WebSocket without a subprotocol. */
  readonly protocol: string;
}

/**
 * Chooses the protocol of exec or attach: the first of the client's offers that we speak.
 * @throws UpgradeRefusedError: 400 for what is no request to upgrade, 403 when none of the offers is ours.
 */
export function negotiateRemoteCommand(request: UpgradeRequest): RemoteCommandProtocol {
  if (isWebSocketRequest(request))
    return { transport: 'websocket', protocol: chooseWebSocketProtocol(request, WEB_SOCKET_VERSIONS) };
  if (isSpdyRequest(request))
    return { transport: 'spdy', protocol: chooseSpdyProtocol(request, SPDY_VERSIONS) };
  return refuseUpgrade();
}
