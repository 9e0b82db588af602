/** What a client may keep waiting, and how much it may ask at once. Times are in milliseconds. */
export interface ConnectionLimits {
  /** From the first packet to the end of the TLS handshake. */
  readonly handshakeMs: number;
  /** From the handshake to the end of the first request's head. */
  readonly requestHeadMs: number;
  /** From the last answer to the end of the next request's head, while nothing else is under way. */
  readonly idleMs: number;
  /** From a request's head to the end of its body. */
  readonly requestBodyMs: number;
  /** Requests at once on one HTTP/2 connection; further ones are refused, and may be sent again. */
  readonly maxConcurrentStreams: number;
}

/**
 * Upstream's are 32 s for a head, 90 s idle and 100 streams (apiserver/pkg/server/secure_serving.go), 60 s for a
 * whole request that is not a long one. Ours waits longer when idle: clients written in Go give up after 90 s
 * themselves, and whoever closes second spares the other a request that meets a closed connection.
 */
export const DEFAULT_LIMITS: ConnectionLimits = {
  handshakeMs: 10_000,
  requestHeadMs: 30_000,
  idleMs: 120_000,
  requestBodyMs: 60_000,
  maxConcurrentStreams: 100,
};
