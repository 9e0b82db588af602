import { existsSync, readFileSync } from 'node:fs';
import type { AuthorityFiles, KeyFiles } from '@hawser/config';
import {
  type Certificate,
  type CertificateAuthority,
  createCertificateAuthority,
  type DistinguishedNameInput,
  isIssuedBy,
  type KeyPair,
  loadCertificateAuthority,
  matchesKey,
  parseCertificate,
  parseCertificateBundle,
  type SubjectAlternativeNamesInput,
  signCertificate,
  type Usage,
} from '@hawser/pki';
import { writeFileAtomic } from '@hawser/runtime';
import { ensureKey } from './key-file.ts';

const DAY_MS = 86_400_000;
const AUTHORITY_LIFE_MS = 3650 * DAY_MS;
const CERTIFICATE_LIFE_MS = 365 * DAY_MS;
/** A certificate with less left than this is issued anew; every `hawser init` looks. */
const RENEW_BEFORE_MS = 90 * DAY_MS;
/** Clocks of other machines may be behind by this much; upstream's figure. */
const BACKDATE_MS = 300_000;

export interface CertificateSpec {
  readonly subject: DistinguishedNameInput;
  readonly sans?: SubjectAlternativeNamesInput;
  readonly usages: readonly Usage[];
}

/** What signs, and, as PEM, who is trusted. */
export interface TrustedAuthority {
  readonly ca: CertificateAuthority;
  readonly bundle: string;
}

/**
 * The authority in the two files, with the bundle of those that are trusted, which it is put into where it is missing;
 * others that are there stay. Without a certificate one is made, for the key that is there or a new one.
 * Throws `PkiError` when the files cannot be read or do not belong together.
 */
export function ensureAuthority(files: AuthorityFiles, commonName: string, now: Date): TrustedAuthority {
  const ca = loadOrMakeAuthority(files, commonName, now);
  return { ca, bundle: trust(files.bundle, ca.certificatePem) };
}

/** Ten years from now. */
export function authorityPeriod(now: Date): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: new Date(now.getTime() - BACKDATE_MS),
    notAfter: new Date(now.getTime() + AUTHORITY_LIFE_MS),
  };
}

/** Puts a CA into a bundle unless it is there. @returns the bundle. */
export function trust(bundle: string, certificatePem: string): string {
  const text = existsSync(bundle) ? readFileSync(bundle, 'utf8') : '';
  const { raw } = parseCertificate(certificatePem);
  const known = text === '' ? [] : parseCertificateBundle(text);
  if (known.some((each) => each.raw.equals(raw))) return text;
  const extended = `${text}${certificatePem}`;
  writeFileAtomic(bundle, extended, 0o644);
  return extended;
}

/** As `ensureAuthority`, of one CA alone. */
export function loadOrMakeAuthority(files: KeyFiles, commonName: string, now: Date): CertificateAuthority {
  if (existsSync(files.certificate)) {
    return loadCertificateAuthority(readFileSync(files.certificate, 'utf8'), readFileSync(files.key, 'utf8'));
  }
  const keyPair = ensureKey(files.key);
  const authority = createCertificateAuthority({
    subject: { commonName },
    ...authorityPeriod(now),
    keyPair,
  });
  writeFileAtomic(files.certificate, authority.certificatePem, 0o644);
  return authority;
}

/**
 * Key and certificate in the two files: as they are while they serve, else the certificate anew for the key. Names
 * that an earlier certificate had stay: whoever asked for them need not ask each time.
 */
export function ensureCertificate(
  files: KeyFiles,
  ca: CertificateAuthority,
  wanted: CertificateSpec,
  now: Date,
): void {
  const keyPair = ensureKey(files.key);
  const current = existsSync(files.certificate) ? readFileSync(files.certificate, 'utf8') : undefined;
  const spec = current ? { ...wanted, sans: joinNames(wanted.sans, parseCertificate(current)) } : wanted;
  if (current && serves(current, keyPair, ca, spec, now)) return;
  writeFileAtomic(files.certificate, issue(keyPair, ca, spec, now), 0o644);
}

function joinNames(
  wanted: SubjectAlternativeNamesInput = {},
  current: SubjectAlternativeNamesInput,
): SubjectAlternativeNamesInput {
  const join = (a: readonly string[] = [], b: readonly string[] = []) => [...new Set([...a, ...b])];
  return {
    dnsNames: join(wanted.dnsNames, current.dnsNames),
    ipAddresses: join(wanted.ipAddresses, current.ipAddresses),
  };
}

/** A certificate for the key, good for a year. */
export function issue(keyPair: KeyPair, ca: CertificateAuthority, spec: CertificateSpec, now: Date): string {
  return signCertificate({
    ca,
    publicKey: keyPair.publicKey,
    ...spec,
    notBefore: new Date(now.getTime() - BACKDATE_MS),
    notAfter: new Date(now.getTime() + CERTIFICATE_LIFE_MS),
  });
}

/** Whether a certificate is still the one wanted: its key, its issuer, its names, and long enough to live. */
export function serves(
  pem: string,
  keyPair: KeyPair,
  ca: CertificateAuthority,
  { subject, sans }: CertificateSpec,
  now: Date,
): boolean {
  const certificate = parseCertificate(pem);
  return (
    certificate.notAfter.getTime() - now.getTime() > RENEW_BEFORE_MS &&
    matchesKey(certificate, keyPair) &&
    isIssuedBy(certificate, ca.certificate) &&
    certificate.subject.commonName === subject.commonName &&
    sameMembers(certificate.subject.organizations, subject.organizations) &&
    hasNames(certificate, sans)
  );
}

function hasNames(certificate: Certificate, sans: SubjectAlternativeNamesInput = {}): boolean {
  return (
    sameMembers(certificate.dnsNames, sans.dnsNames) && sameMembers(certificate.ipAddresses, sans.ipAddresses)
  );
}

function sameMembers(actual: readonly string[], wanted: readonly string[] = []): boolean {
  return new Set(actual).symmetricDifference(new Set(wanted)).size === 0;
}
