import type { TLSSocket } from 'node:tls';
import { type Certificate, isIssuedBy, PkiError, parseCertificate } from '@hawser/pki';

/**
 * Whether a connection may go on when the CAs of clients are others than those that it was opened with. One whose peer
 * showed no certificate may: it never rested on them. Of one that did, the certificate must have been found good then,
 * and be issued by one of them now. Whoever stands behind an intermediate that it sent along is turned away, too, as
 * is one whose CA has only just come: both are verified anew when they come back, which is at once.
 */
export function isVouchedFor(socket: TLSSocket, authorities: readonly Certificate[]): boolean {
  const raw = socket.getPeerCertificate(false)?.raw;
  if (raw === undefined) return true;
  return socket.authorized && authorities.some((authority) => issued(authority, raw));
}

function issued(authority: Certificate, raw: Uint8Array): boolean {
  try {
    return isIssuedBy(parseCertificate(raw), authority);
  } catch (error) {
    if (error instanceof PkiError) return false;
    throw error;
  }
}
