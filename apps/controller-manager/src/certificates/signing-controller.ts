import { type CertificateSigningRequest, certificateSigningRequests } from '@hawser/api';
import { type CertificateAuthority, type CertificateRequest, PkiError, signCertificate } from '@hawser/pki';
import type { Decide } from '../certificate-events/own-decisions.ts';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { Reconciler } from '../framework/reconciler.ts';
import { signingFault, signingPeriod } from './signing-policy.ts';
import { hasCondition, isIssued, parseRequest, withCondition } from './signing-request.ts';

export interface Authorities {
  /** Of each signer that signs, as it now is on disk: asked before each signature, so that it can be rotated. */
  readonly authorities: ReadonlyMap<string, () => CertificateAuthority>;
  /** --cluster-signing-duration. */
  readonly maxDurationMs: number;
}

export interface SigningOptions extends Authorities {
  readonly decide: Decide;
}

/** Signs approved requests of those of the four kubernetes.io signers that have an authority, and marks as Failed those that break their rules. */
export function createSigningController(context: ControllerContext, options: SigningOptions): Controller {
  const { informers } = context;
  const name = 'certificatesigningrequest-signing-controller';
  const csrs = informers.get(certificateSigningRequests);
  const sync = async (key: string, signal: AbortSignal) => {
    const csr = csrs.get(key);
    if (csr && options.authorities.has(csr.spec.signerName) && awaitsSignature(csr))
      await signOrFail(context, options, csr, signal);
  };
  return new Reconciler(context, { name, sync }).follow(csrs);
}

function awaitsSignature(csr: CertificateSigningRequest): boolean {
  return (
    hasCondition(csr, 'Approved') &&
    !hasCondition(csr, 'Denied') &&
    !hasCondition(csr, 'Failed') &&
    !isIssued(csr)
  );
}

async function signOrFail(
  { client, clock, logger }: ControllerContext,
  options: SigningOptions,
  csr: CertificateSigningRequest,
  signal: AbortSignal,
): Promise<void> {
  const decision = decide(csr, options, clock.now());
  const values = { csr: csr.metadata.name, signer: csr.spec.signerName, requestor: csr.spec.username };
  if ('fault' in decision) {
    const condition = { type: 'Failed', reason: 'SignerValidationFailure', message: decision.fault } as const;
    const failed = withCondition(csr, condition, clock.now());
    const write = () => client.update(certificateSigningRequests, failed, { subresource: 'status', signal });
    await options.decide(csr, 'failed', write);
    logger.warn({ ...values, fault: decision.fault }, 'certificate request failed validation');
    return;
  }
  const certificate = Buffer.from(decision.certificate).toString('base64');
  const signed = { ...csr, status: { ...csr.status, certificate } };
  const write = () => client.update(certificateSigningRequests, signed, { subresource: 'status', signal });
  await options.decide(csr, 'signed', write);
  logger.info(values, 'certificate signed');
}

/** The certificate (PEM) of an approved request, or why there will be none. */
export function decide(
  csr: CertificateSigningRequest,
  options: Authorities,
  now: Date,
): { readonly certificate: string } | { readonly fault: string } {
  const parsed = parseRequest(csr);
  if ('fault' in parsed) return parsed;
  const { signerName, usages = [] } = csr.spec;
  const fault = signingFault(signerName, parsed.request, usages);
  if (fault !== undefined) return { fault };
  return sign(csr, parsed.request, options, now);
}

function sign(csr: CertificateSigningRequest, request: CertificateRequest, options: Authorities, now: Date) {
  const ca = options.authorities.get(csr.spec.signerName)?.();
  if (!ca) throw new PkiError(`no authority signs for ${csr.spec.signerName}`);
  const { notAfter: caNotAfter } = ca.certificate;
  // Not the request's fault, so it is left to be signed when there is a new authority.
  if (now >= caNotAfter) throw new PkiError('the signer has expired');
  const { maxDurationMs } = options;
  const { usages = [], expirationSeconds } = csr.spec;
  const { rawSubject, publicKey, dnsNames, ipAddresses, emails, uris } = request;
  const period = signingPeriod(expirationSeconds, { maxDurationMs, caNotAfter }, now);
  const sans = { dnsNames, ipAddresses, emails, uris };
  try {
    return { certificate: signCertificate({ ca, publicKey, subject: rawSubject, sans, usages, ...period }) };
  } catch (error) {
    if (error instanceof PkiError) return { fault: error.message };
    throw error;
  }
}
