import {
  type CertificateSigningRequest,
  duplicate,
  type FieldError,
  invalidValue,
  required,
} from '@hawser/api';
import { PkiError, parseCertificateRequest } from '@hawser/pki';
import type { Strategy } from '../../strategy.ts';
import { signerNameFaults } from '../../validation/signer-name.ts';
import { certificateFaults } from './certificate-faults.ts';
import {
  conditionFaults,
  decisionFaults,
  removalFaults,
  withOldDecisions,
  withTimes,
} from './csr-conditions.ts';
import { restoreDecider } from './csr-decider.ts';

type Csr = CertificateSigningRequest & Record<string, unknown>;

/** Under ten minutes a certificate would be renewed all the time (certificates/v1 `expirationSeconds`). */
const MIN_EXPIRATION_SECONDS = 600;
/** Of the beta API, which said nothing of signers; v1 takes no new requests for it. */
const LEGACY_UNKNOWN = 'kubernetes.io/legacy-unknown';

/** The extra key that carries the address a request came from; only the hub can set it. */
const SOURCE_ADDRESS = 'hawser.dev/source-ip';

/**
 * Who asks is what the hub saw, never what the request says; what is asked for is fixed; decisions and certificates
 * have ways of their own (pkg/registry/certificates/certificates/strategy.go, pkg/apis/certificates/validation).
 */
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
    restoreDecider(csr);
  },

  prepareForUpdate(csr, old) {
    csr.spec = old.spec;
    restoreDecider(csr, old);
  },

  prepareForStatusUpdate(csr, old, _context, now) {
    restoreDecider(csr, old);
    const given = csr.status?.conditions;
    if (given !== undefined)
      csr.status = { ...csr.status, conditions: withTimes(withOldDecisions(given, old), old, now) };
  },

  validateCreate({ spec }) {
    return [
      ...requestFaults(spec.request ?? ''),
      ...usageFaults(spec.usages ?? []),
      ...signerFaults(spec.signerName),
      ...durationFaults(spec.expirationSeconds),
    ];
  },

  validateStatusUpdate(csr, old) {
    return [
      ...conditionFaults(csr, old),
      ...removalFaults(csr, old),
      ...decisionFaults(csr, old),
      ...certificateFaults(csr, old),
    ];
  },
};

/** Faults of what somebody writes by the subresource approval, which changes conditions and nothing else. */
export function csrApprovalFaults(
  csr: CertificateSigningRequest,
  old: CertificateSigningRequest,
): FieldError[] {
  return [...conditionFaults(csr, old), ...removalFaults(csr, old)];
}

/** Whoever asks holds the key: its signature is verified before anything is kept. */
function requestFaults(request: string): FieldError[] {
  const fault = requestFault(Buffer.from(request, 'base64').toString('latin1'));
  // Upstream says it back. Who sent the wrong file has sent the key, and what is answered is audited, too.
  return fault === undefined ? [] : [invalidValue('spec.request', 'REDACTED', fault)];
}

function requestFault(pem: string): string | undefined {
  if (!/^-----BEGIN CERTIFICATE REQUEST-----/m.test(pem)) return 'PEM block type must be CERTIFICATE REQUEST';
  try {
    parseCertificateRequest(pem);
    return undefined;
  } catch (error) {
    if (error instanceof PkiError) return error.message;
    throw error;
  }
}

function usageFaults(usages: readonly string[]): FieldError[] {
  if (usages.length === 0) return [required('spec.usages')];
  const seen = new Set<string>();
  return usages.flatMap((usage, i) => {
    if (seen.has(usage)) return [duplicate(`spec.usages[${i}]`, usage)];
    seen.add(usage);
    return [];
  });
}

function signerFaults(signerName: string | undefined): FieldError[] {
  const field = 'spec.signerName';
  // The table demands one.
  if (!signerName) return [];
  if (signerName === LEGACY_UNKNOWN)
    return [invalidValue(field, signerName, 'the legacy signerName is not allowed via this API version')];
  return signerNameFaults(field, signerName);
}

function durationFaults(expirationSeconds: number | undefined): FieldError[] {
  if (expirationSeconds === undefined || expirationSeconds >= MIN_EXPIRATION_SECONDS) return [];
  return [
    invalidValue(
      'spec.expirationSeconds',
      expirationSeconds,
      'may not specify a duration less than 600 seconds (10 minutes)',
    ),
  ];
}

function copyOf(extra: Readonly<Record<string, readonly string[]>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]]));
}
