import type { Duplex } from 'node:stream';
import { metadataOf, type ServerCall, serveGrpc } from '@hawser/grpc';
import { type Clock, systemClock } from '@hawser/runtime';
import { HALF_CLOSE_METADATA, PROXY_METHOD, TunnelServer } from '@hawser/tunnel-konnectivity';
import type { ServeFrontEnd, Tunnel, TunnelOpener } from '../link/front-end.ts';

/** What a client may have under way on one call, which is one tunnel: more waits for its target. */
const WINDOW_BYTES = 1024 * 1024;
/** Upstream's server has no limit. */
const MAX_CALLS = 20_000;

export interface GrpcFrontEndOptions {
  /** Told of each call when it comes and when it is over. */
  readonly onConnections: (by: 1 | -1) => void;
  /** How many calls a connection takes at once. */
  readonly maxCalls?: number;
  readonly clock?: Clock;
}

/**
 * The front end for clients that speak upstream's `ProxyService/Proxy`: one tunnel a call. A target that is behind
 * holds back its own call alone.
 */
export function createGrpcFrontEnd({
  onConnections,
  maxCalls = MAX_CALLS,
  clock = systemClock,
}: GrpcFrontEndOptions): ServeFrontEnd {
  return (connection, client, opener) => {
    serveGrpc(connection, {
      methods: {
        [PROXY_METHOD]: (call) => {
          onConnections(1);
          void proxy(call, client, opener, clock).then(() => onConnections(-1));
        },
      },
      windowBytes: WINDOW_BYTES,
      maxConcurrentStreams: maxCalls,
      clock,
    });
  };
}

async function proxy(call: ServerCall, client: string, opener: TunnelOpener, clock: Clock): Promise<void> {
  const running = new Map<Duplex, Tunnel>();
  call.respond(metadataOf([[HALF_CLOSE_METADATA, 'true']]));
  const tunnels = new TunnelServer(call, {
    single: true,
    clock,
    dialTarget: async (target, signal) => {
      const tunnel = await opener.open({ target, client, frontEnd: 'grpc' }, signal);
      running.set(tunnel.stream, tunnel);
      // Of a client that went meanwhile nothing else hears of the end.
      if (signal.aborted)
        end(tunnel, { toTarget: 0, fromTarget: 0, error: new Error('the client has gone') });
      return tunnel.stream;
    },
    onClosed: (stream, carried, error) => {
      const tunnel = running.get(stream);
      if (tunnel !== undefined) end(tunnel, error === '' ? carried : { ...carried, error: new Error(error) });
    },
    onDone: () => call.finish(),
  });
  const end = (tunnel: Tunnel, bytes: Parameters<Tunnel['ended']>[0]) => {
    running.delete(tunnel.stream);
    tunnel.ended(bytes);
  };
  await tunnels.closed;
}
