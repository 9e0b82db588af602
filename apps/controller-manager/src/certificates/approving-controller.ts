import {
  type CertificateSigningRequest,
  certificateSigningRequests,
  subjectAccessReviews,
} from '@hawser/api';
import type { Decide } from '../certificate-events/own-decisions.ts';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { Reconciler } from '../framework/reconciler.ts';
import { type Recognition, recognizeKubeletClient } from './recognize-kubelet-client.ts';
import { isPending, parseRequest, withCondition } from './signing-request.ts';

/** The right may come later than the request, and nothing says so: it is asked again, as upstream does. */
const ASK_AGAIN_MS = 10_000;

/** Approves kubelets' client certificates whose requestors the authorizer lets have them. */
export function createApprovingController(context: ControllerContext, decide: Decide): Controller {
  const { informers, logger } = context;
  const name = 'certificatesigningrequest-approving-controller';
  /** Those that were said in the log. */
  const refused = new Set<string>();
  const csrs = informers.get(certificateSigningRequests);
  const sync = async (key: string, signal: AbortSignal) => {
    const csr = csrs.get(key);
    const outcome = csr && isPending(csr) ? await approve(context, decide, csr, signal) : 'not recognized';
    if (outcome !== 'not allowed') {
      refused.delete(key);
      return;
    }
    if (csr && !refused.has(key))
      logger.info({ csr: key, requestor: csr.spec.username }, 'recognized certificate request not allowed');
    refused.add(key);
    reconciler.queue.addAfter(key, ASK_AGAIN_MS);
  };
  const reconciler: Reconciler = new Reconciler(context, { name, sync }).follow(csrs);
  return reconciler;
}

async function approve(
  context: ControllerContext,
  decide: Decide,
  csr: CertificateSigningRequest,
  signal: AbortSignal,
): Promise<'approved' | 'not recognized' | 'not allowed'> {
  const { client, clock, logger } = context;
  const parsed = parseRequest(csr);
  if ('fault' in parsed) {
    logger.warn({ csr: csr.metadata.name, fault: parsed.fault }, 'certificate request cannot be read');
    return 'not recognized';
  }
  const recognitions = recognizeKubeletClient(csr, parsed.request);
  for (const { subresource, message } of recognitions) {
    if (!(await isAllowed(context, csr, subresource, signal))) continue;
    const approved = withCondition(csr, { type: 'Approved', reason: 'AutoApproved', message }, clock.now());
    const write = () =>
      client.update(certificateSigningRequests, approved, { subresource: 'approval', signal });
    await decide(csr, 'approved', write);
    logger.info(
      { csr: csr.metadata.name, requestor: csr.spec.username, as: subresource },
      'certificate request approved',
    );
    return 'approved';
  }
  return recognitions.length === 0 ? 'not recognized' : 'not allowed';
}

async function isAllowed(
  { client }: ControllerContext,
  csr: CertificateSigningRequest,
  subresource: Recognition['subresource'],
  signal: AbortSignal,
): Promise<boolean> {
  const { username, uid, groups, extra } = csr.spec;
  const resourceAttributes = {
    group: 'certificates.k8s.io',
    version: '*',
    resource: 'certificatesigningrequests',
    verb: 'create',
    subresource,
  };
  const spec = { user: username, uid, groups, extra, resourceAttributes };
  const review = await client.create(subjectAccessReviews, { spec }, { signal });
  return review.status?.allowed === true;
}
