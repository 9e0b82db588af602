import { type CertificateSigningRequest, type FieldError, forbiddenField, invalidValue } from '@hawser/api';
import { decodePem, PkiError, parseCertificate } from '@hawser/pki';

const FIELD = 'status.certificate';

/** Faults of a certificate that a signer writes: it is one, in PEM, and stays (`validateCertificate`). */
export function certificateFaults(
  csr: CertificateSigningRequest,
  old: CertificateSigningRequest,
): FieldError[] {
  const [given = '', before = ''] = [csr.status?.certificate, old.status?.certificate];
  if (given === before) return [];
  const fault = before === '' || contentFault(before) === undefined ? contentFault(given) : undefined;
  return [
    ...(fault === undefined ? [] : [invalidValue(FIELD, '<certificate data>', fault)]),
    ...(before === '' ? [] : [forbiddenField(FIELD, 'updates may not modify existing certificate content')]),
  ];
}

function contentFault(base64: string): string | undefined {
  if (base64 === '') return undefined;
  const text = Buffer.from(base64, 'base64').toString('latin1');
  try {
    const blocks = decodePem(text);
    const other = blocks.find(({ label }) => label !== 'CERTIFICATE');
    if (other !== undefined)
      return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(other.label)}`;
    for (const { der } of blocks) parseCertificate(der);
    return blocks.length === 0 ? 'must contain at least one CERTIFICATE PEM block' : undefined;
  } catch (error) {
    if (!(error instanceof PkiError)) throw error;
    return /^[A-Za-z][-A-Za-z]*: /m.test(text) ? 'no PEM block headers are permitted' : error.message;
  }
}
