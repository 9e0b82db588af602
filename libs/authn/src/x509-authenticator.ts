import { createHash } from 'node:crypto';
import { assertRsaSize, type Certificate, PkiError, parseCertificate, readPublicKey } from '@hawser/pki';
import type { Clock } from '@hawser/runtime';
import { withAuthenticatedGroup } from './authenticated-group.ts';
import { type Authentication, rejected } from './authentication.ts';
import { CREDENTIAL_ID } from './extra-keys.ts';

/** What a client certificate says; made once a connection, asked once a request. */
export interface PeerCertificate {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** The outcome while the certificate is in date; undefined when it names nobody. */
  readonly outcome: Authentication | undefined;
}

/**
 * Client certificates: the common name is the user, each organization a group
 * (apiserver/pkg/authentication/request/x509). Chains are the TLS stack's affair; it has the CAs.
 */
export class X509Authenticator {
  readonly #clock: Clock;
  readonly #observeRemaining: (seconds: number) => void;

  /** @param options `observeRemaining` is told, with each request, how long its certificate is good for yet. */
  constructor(options: {
    readonly clock: Clock;
    readonly observeRemaining?: (seconds: number) => void;
  }) {
    this.#clock = options.clock;
    this.#observeRemaining = options.observeRemaining ?? (() => {});
  }

  /**
   * Reads the certificate that the peer of a connection sent.
   *
   * Stricter than upstream in two things: Go takes a certificate without any extended key usage to be good for
   * all purposes; here it must say `client auth` (or `any`), so that nobody logs in with a certificate that
   * was made for something else. And an RSA key must have 2048 bits, whoever signed it.
   *
   * @param certificate DER, or PEM text.
   * @param chainVerified whether the TLS stack found the chain to end in a CA for clients.
   */
  read(certificate: string | Uint8Array, chainVerified: boolean): PeerCertificate {
    try {
      return readPeer(parseCertificate(certificate), chainVerified);
    } catch (error) {
      if (!(error instanceof PkiError)) throw error;
      const outcome = rejected(`client certificate is of no use: ${error.message}`);
      return { notBeforeMs: Number.NEGATIVE_INFINITY, notAfterMs: Number.POSITIVE_INFINITY, outcome };
    }
  }

  /**
   * Dates are looked at with every request: a connection may outlive its certificate.
   * @returns undefined when the certificate has no common name: then it is no credential.
   */
  authenticate(peer: PeerCertificate): Authentication | undefined {
    const nowMs = this.#clock.now().getTime();
    if (Number.isFinite(peer.notAfterMs)) this.#observeRemaining((peer.notAfterMs - nowMs) / 1000);
    if (nowMs < peer.notBeforeMs) return rejected('client certificate is not valid yet');
    if (nowMs > peer.notAfterMs) return rejected('client certificate has expired');
    return peer.outcome;
  }
}

function readPeer(certificate: Certificate, chainVerified: boolean): PeerCertificate {
  return {
    notBeforeMs: certificate.notBefore.getTime(),
    notAfterMs: certificate.notAfter.getTime(),
    outcome: outcomeOf(certificate, chainVerified),
  };
}

function outcomeOf(certificate: Certificate, chainVerified: boolean): Authentication | undefined {
  if (!chainVerified) return rejected('client certificate is not signed by a CA for clients');
  const { extendedKeyUsages, subject } = certificate;
  if (!extendedKeyUsages.includes('client auth') && !extendedKeyUsages.includes('any'))
    return rejected('client certificate is not for client authentication');
  assertRsaSize(readPublicKey(certificate.publicKeyDer));
  const name = subject.commonName;
  if (name === '') return undefined;
  const fingerprint = createHash('sha256').update(certificate.raw).digest('hex');
  return {
    ok: true,
    identity: {
      name,
      groups: withAuthenticatedGroup(name, subject.organizations),
      extra: { [CREDENTIAL_ID]: [`X509SHA256=${fingerprint}`] },
    },
  };
}
