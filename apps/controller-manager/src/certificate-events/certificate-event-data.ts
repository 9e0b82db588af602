import type { CertificateSigningRequest } from '@hawser/api';
import { cutText } from '@hawser/audit';
import { PkiError, parseCertificate, type SubjectAlternativeNames } from '@hawser/pki';
import { parseRequest } from '../certificates/signing-request.ts';
import type { Outcome } from './own-decisions.ts';

/** Of a list that somebody else wrote so many are named; how many there are is said besides. */
const MAX_LISTED = 100;

const CONDITIONS: Readonly<Record<Exclude<Outcome, 'signed'>, string>> = {
  approved: 'Approved',
  denied: 'Denied',
  failed: 'Failed',
};

/** What has become of a request so far, in the order in which that happens. */
export function outcomesOf({ status }: CertificateSigningRequest): Outcome[] {
  const has = (type: string) =>
    status?.conditions?.some((condition) => condition.type === type && condition.status === 'True');
  return [
    ...(['approved', 'denied', 'failed'] as const).filter((outcome) => has(CONDITIONS[outcome])),
    ...(status?.certificate ? (['signed'] as const) : []),
  ];
}

/** What an event says of a request: who asked, for what, and what became of it. No key material is in it. */
export function eventDataOf(csr: CertificateSigningRequest, outcome: Outcome): object {
  const { metadata, spec } = csr;
  const common = {
    name: metadata.name,
    uid: metadata.uid,
    signerName: spec.signerName,
    requestor: requestorOf(csr),
    usages: spec.usages ?? [],
    ...(spec.expirationSeconds === undefined ? {} : { expirationSeconds: spec.expirationSeconds }),
  };
  if (outcome === 'signed') return { ...common, ...certificateOf(csr) };
  return { ...common, ...requestedOf(csr), ...conditionOf(csr, CONDITIONS[outcome]) };
}

function requestorOf({ spec: { username = '', uid, groups = [], extra } }: CertificateSigningRequest) {
  const sourceAddress = extra?.['hawser.dev/source-ip']?.[0];
  return {
    username: cutText(username),
    ...(uid === undefined ? {} : { uid: cutText(uid) }),
    groups: groups.slice(0, MAX_LISTED).map(cutText),
    ...(sourceAddress === undefined ? {} : { sourceAddress }),
  };
}

function requestedOf(csr: CertificateSigningRequest) {
  const parsed = parseRequest(csr);
  if ('fault' in parsed) return { fault: cutText(parsed.fault) };
  const { subject, key } = parsed.request;
  return { subject: subjectOf(subject), key, ...namesOf(parsed.request) };
}

function certificateOf({ status }: CertificateSigningRequest) {
  try {
    const certificate = parseCertificate(Buffer.from(status?.certificate ?? '', 'base64').toString('latin1'));
    const { subject, issuer, serialNumber, notBefore, notAfter } = certificate;
    return {
      subject: subjectOf(subject),
      ...namesOf(certificate),
      issuer: subjectOf(issuer),
      serialNumber,
      notBefore: notBefore.toISOString(),
      notAfter: notAfter.toISOString(),
    };
  } catch (error) {
    // Another signer's, of a kind that cannot be read here: it was signed all the same.
    if (error instanceof PkiError) return { fault: cutText(error.message) };
    throw error;
  }
}

function subjectOf(name: {
  readonly commonName?: string | undefined;
  readonly organizations: readonly string[];
}) {
  const { commonName, organizations } = name;
  return {
    ...(commonName === undefined ? {} : { commonName: cutText(commonName) }),
    organizations: organizations.slice(0, MAX_LISTED).map(cutText),
  };
}

/** Each kind of names that there are any of, and how many there are where not all are told. */
function namesOf(names: SubjectAlternativeNames): object {
  const { dnsNames, ipAddresses, emails, uris } = names;
  const lists = Object.entries({ dnsNames, ipAddresses, emails, uris }).filter(([, list]) => list.length > 0);
  const total = lists.reduce((sum, [, list]) => sum + list.length, 0);
  return {
    ...Object.fromEntries(lists.map(([kind, list]) => [kind, list.slice(0, MAX_LISTED).map(cutText)])),
    ...(lists.some(([, list]) => list.length > MAX_LISTED) ? { nameCount: total } : {}),
  };
}

function conditionOf({ status }: CertificateSigningRequest, type: string): object {
  const found = status?.conditions?.find((condition) => condition.type === type);
  const { reason, message, lastTransitionTime } = found ?? {};
  return {
    ...(reason === undefined ? {} : { reason: cutText(reason) }),
    ...(message === undefined ? {} : { message: cutText(message) }),
    ...(lastTransitionTime === undefined ? {} : { lastTransitionTime }),
  };
}
