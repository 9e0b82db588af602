import { type Certificate, encodePem, parseCertificateBundle, spkiHash } from '@hawser/pki';
import { JoinError } from './join-error.ts';

const PIN = /^sha256:[0-9a-f]{64}$/;

/** Reads one `--discovery-token-ca-cert-hash`. @throws JoinError for another form (kubeadm's pubkeypin). */
export function parseCaPin(text: string): string {
  const pin = text.toLowerCase();
  if (PIN.test(pin)) return pin;
  throw new JoinError(
    `--discovery-token-ca-cert-hash: ${JSON.stringify(text)} is not of the form sha256: and 64 hexadecimal digits`,
  );
}

/**
 * The certificates of a bundle that are pinned, as PEM.
 * @throws JoinError when none is: the bundle is another cluster's; PkiError when it is no bundle.
 */
export function pinnedCertificates(bundle: string, pins: readonly string[]): string {
  const certificates = parseCertificateBundle(bundle);
  const pinned = certificates.filter((each) => pins.includes(spkiHash(each)));
  if (pinned.length > 0) return pinned.map(toPem).join('');
  const found = certificates.map((each) => spkiHash(each)).join(', ');
  throw new JoinError(
    `unknown CA: the cluster's is ${found}, which is none of --discovery-token-ca-cert-hash (${pins.join(', ')})`,
  );
}

const toPem = ({ raw }: Certificate): string => encodePem('CERTIFICATE', raw);
