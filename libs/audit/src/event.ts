/** `audit.k8s.io/v1` Events: what happened, who did it, how it ended. */

export type Stage = 'RequestReceived' | 'ResponseStarted' | 'ResponseComplete' | 'Panic';
export type Level = 'None' | 'Metadata';

export interface AuditUser {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** A user as an event names them, from what authentication found. */
export function auditUser({ name, uid, groups, extra }: AuditedIdentity): AuditUser {
  return {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    groups,
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

/** What an event needs of an identity. */
export interface AuditedIdentity {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** Now, as events say it: RFC 3339 with microseconds. */
export function auditTimestamp(): string {
  return new Date().toISOString().replace('Z', '000Z');
}

/** Upstream's bound on user agents in events (`maxUserAgentLength`), in characters. */
export const MAX_USER_AGENT = 1_024;

export interface ObjectReference {
  resource?: string;
  namespace?: string;
  name?: string;
  uid?: string;
  apiGroup?: string;
  apiVersion?: string;
  resourceVersion?: string;
  subresource?: string;
}

export interface AuditEvent {
  kind: 'Event';
  apiVersion: 'audit.k8s.io/v1';
  level: Level;
  auditID: string;
  stage: Stage;
  requestURI: string;
  verb: string;
  user: AuditUser;
  impersonatedUser?: AuditUser;
  /** How the request came to be taken for somebody else's, where a constrained verb allowed it. */
  authenticationMetadata?: { impersonationConstraint: string };
  sourceIPs?: string[];
  userAgent?: string;
  objectRef?: ObjectReference;
  responseStatus?: { metadata: object; status?: string; message?: string; reason?: string; code: number };
  /** RFC 3339 with microseconds. */
  requestReceivedTimestamp: string;
  stageTimestamp: string;
  annotations?: Record<string, string>;
}
