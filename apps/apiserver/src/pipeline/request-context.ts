import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Identity } from '@hawser/authn';
import type { RequestInfo } from '@hawser/http';
import type { AuditTrail } from './audit-trail.ts';

/** The connection of a request that asks for another protocol. */
export interface Upgrade {
  readonly socket: Duplex;
  /** What the client has sent of the other protocol already. */
  readonly head: Buffer;
}

/** One request on its way through the hub, once it is known who makes it. */
export interface RequestContext {
  readonly request: IncomingMessage;
  readonly info: RequestInfo;
  /** Whom the request is taken for: the impersonated one, where there is one. */
  readonly identity: Identity;
  readonly sourceAddress: string;
  readonly trail: AuditTrail;
  /** Words for `Warning` headers. */
  readonly warnings: string[];
  /** Given where the client asks for another protocol over HTTP/1.1; most requests are answered as if it had not. */
  readonly upgrade?: Upgrade;
  /** Aborts when the client has gone or the hub shuts down. */
  readonly signal: AbortSignal;
}
