import type { Column } from '../../schema/kind.ts';
import { age, humanDuration } from '../columns.ts';
import type { CertificateSigningRequest } from './certificate-signing-request.ts';

/** The columns of `kubectl get csr` (pkg/printers `printCertificateSigningRequest`). */
export const certificateSigningRequestColumns: readonly Column<CertificateSigningRequest>[] = [
  age,
  {
    name: 'SignerName',
    type: 'string',
    description: 'Who is asked to sign.',
    value: (request) => request.spec.signerName || '<none>',
  },
  {
    name: 'Requestor',
    type: 'string',
    description: 'Who asked.',
    value: (request) => request.spec.username ?? '',
  },
  {
    name: 'RequestedDuration',
    type: 'string',
    description: 'Lifetime asked for.',
    value: ({ spec: { expirationSeconds } }) =>
      expirationSeconds === undefined ? '<none>' : humanDuration(expirationSeconds * 1000),
  },
  { name: 'Condition', type: 'string', description: 'What became of the request.', value: condition },
];

/** Denied prevails over Approved; Failed and Issued follow. */
function condition({ status }: CertificateSigningRequest): string {
  const has = (type: string) => status?.conditions?.some((entry) => entry.type === type) ?? false;
  const decision = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  return [decision, ...(has('Failed') ? ['Failed'] : []), ...(status?.certificate ? ['Issued'] : [])].join(
    ',',
  );
}
