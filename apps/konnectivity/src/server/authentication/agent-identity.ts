import type { Certificate } from '@hawser/pki';

/** Who an agent is, by its credential; what it says of itself has no part in it. */
export interface AgentIdentity {
  /** The user name: a certificate's common name, or `system:serviceaccount:NAMESPACE:NAME`. */
  readonly name: string;
  /** The Node that the credential is bound to. */
  readonly nodeName?: string;
  /** Until when the credential counts. */
  readonly expiresAtMs: number;
  readonly credential: CertificateCredential | TokenCredential;
}

export interface CertificateCredential {
  readonly kind: 'certificate';
  readonly certificate: Certificate;
}

export interface TokenCredential {
  readonly kind: 'token';
  readonly token: string;
}
