import type { IncomingMessage } from 'node:http';
import type { Identity } from '@hawser/authn';
import type { RequestInfo } from '@hawser/http';
import type { AuditTrail } from './audit-trail.ts';

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
  /** Aborts when the client has gone or the hub shuts down. */
  readonly signal: AbortSignal;
}
