import { isDeepStrictEqual } from 'node:util';
import {
  type CertificateSigningRequest,
  duplicate,
  type FieldError,
  invalidValue,
  required,
} from '@hawser/api';
import type { Strategy } from '../strategy.ts';

type Csr = CertificateSigningRequest & Record<string, unknown>;

/** Under ten minutes a certificate would be renewed all the time (certificates/v1 `expirationSeconds`). */
const MIN_EXPIRATION_SECONDS = 600;

/** The extra key that carries the address a request came from; only the hub can set it. */
const SOURCE_ADDRESS = 'hawser.dev/source-ip';

/** Who asks is what the hub saw, never what the request says. */
export const certificateSigningRequestStrategy: Strategy<Csr> = {
  prepareForCreate(csr, { identity, sourceAddress }) {
    csr.spec = {
      ...csr.spec,
      username: identity.name,
      groups: [...identity.groups],
      extra: {
        ...copyOf(identity.extra),
        ...(sourceAddress === '' ? {} : { [SOURCE_ADDRESS]: [sourceAddress] }),
      },
    };
    delete csr.spec.uid;
    if (identity.uid !== undefined) csr.spec.uid = identity.uid;
  },

  // The spec is fixed, and conditions and the certificate have subresources of their own.
  prepareForUpdate(csr, old) {
    csr.spec = old.spec;
  },

  prepareForStatusUpdate(csr, old) {
    const kept = old.status?.conditions?.filter(({ type }) => type === 'Approved' || type === 'Denied') ?? [];
    const given =
      csr.status?.conditions?.filter(({ type }) => type !== 'Approved' && type !== 'Denied') ?? [];
    const conditions = [...kept, ...given];
    csr.status = { ...csr.status, ...(conditions.length > 0 ? { conditions } : {}) };
    if (old.status?.certificate) csr.status.certificate = old.status.certificate;
  },

  validate({ spec }) {
    const faults: FieldError[] = [];
    if (!holdsRequest(Buffer.from(spec.request ?? '', 'base64').toString('latin1')))
      faults.push(
        invalidValue('spec.request', spec.request ?? '', 'PEM block type must be CERTIFICATE REQUEST'),
      );
    const usages = spec.usages ?? [];
    if (usages.length === 0) faults.push(required('spec.usages'));
    const seen = new Set<string>();
    usages.forEach((usage, i) => {
      if (seen.size === seen.add(usage).size) faults.push(duplicate(`spec.usages[${i}]`, usage));
    });
    if (
      spec.signerName &&
      !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?\.[a-z0-9-]+\/[^/]+(\/[^/]+)*$/.test(spec.signerName)
    )
      faults.push(
        invalidValue(
          'spec.signerName',
          spec.signerName,
          "must be a fully qualified domain and path of the form 'example.com/signer-name'",
        ),
      );
    if (spec.expirationSeconds !== undefined && spec.expirationSeconds < MIN_EXPIRATION_SECONDS)
      faults.push(
        invalidValue(
          'spec.expirationSeconds',
          spec.expirationSeconds,
          'may not specify a duration less than 600 seconds (10 minutes)',
        ),
      );
    return faults;
  },

  validateUpdate(csr, old) {
    return conditionFaults(csr, old);
  },
};

/** Whether a text has the lines around a certificate request: an expression would try each beginning with each end. */
function holdsRequest(pem: string): boolean {
  return ['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'].some((type) => {
    const start = pem.indexOf(`-----BEGIN ${type}-----`);
    return start !== -1 && pem.indexOf(`-----END ${type}-----`, start) !== -1;
  });
}

function copyOf(extra: Readonly<Record<string, readonly string[]>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]]));
}

/** Approved and Denied exclude each other, and neither is taken back. */
export function conditionFaults(
  csr: CertificateSigningRequest,
  old: CertificateSigningRequest,
): FieldError[] {
  const faults: FieldError[] = [];
  const types = new Set(csr.status?.conditions?.map(({ type }) => type));
  const has = (type: string) => types.has(type);
  if (has('Approved') && has('Denied'))
    faults.push(
      invalidValue('status.conditions', 'Denied', 'Approved and Denied conditions are mutually exclusive'),
    );
  for (const condition of old.status?.conditions ?? [])
    if (['Approved', 'Denied', 'Failed'].includes(condition.type) && !has(condition.type))
      faults.push(
        invalidValue(
          'status.conditions',
          condition.type,
          `updates may not remove a condition of type "${condition.type}"`,
        ),
      );
  if (old.status?.certificate && !isDeepStrictEqual(csr.status?.certificate, old.status.certificate))
    faults.push(
      invalidValue(
        'status.certificate',
        '<certificate>',
        'updates may not remove or change existing certificate content',
      ),
    );
  return faults;
}
