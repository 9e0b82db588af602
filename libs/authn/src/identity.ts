/**
 * Who makes a request. Authentication turns a connection and a request into this value; authorization,
 * admission and audit take it and never look at the credential again.
 */
export interface Identity {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

export const ALL_AUTHENTICATED = 'system:authenticated';
export const ALL_UNAUTHENTICATED = 'system:unauthenticated';
export const SYSTEM_MASTERS = 'system:masters';

/** Who makes requests without a credential. */
export const ANONYMOUS: Identity = { name: 'system:anonymous', groups: [ALL_UNAUTHENTICATED], extra: {} };
