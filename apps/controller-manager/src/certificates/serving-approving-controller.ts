import { isDeepStrictEqual } from 'node:util';
import {
  type CertificateSigningRequest,
  certificateSigningRequests,
  type Endpoints,
  endpoints,
  type Node,
  nodes,
} from '@hawser/api';
import { keyOf } from '@hawser/client';
import type { Decide } from '../certificate-events/own-decisions.ts';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { Reconciler } from '../framework/reconciler.ts';
import {
  ALLOWED_ADDRESSES,
  decideKubeletServing,
  nodeNameOf,
  type ServingDecision,
  type ServingFacts,
} from './decide-kubelet-serving.ts';
import { isPending, KUBELET_SERVING, parseRequest, withCondition } from './signing-request.ts';

export interface ServingApprovingOptions
  extends Pick<ServingFacts, 'serviceCidr' | 'podCidr' | 'clusterDomain' | 'allowLoopback'> {
  /** Addresses and names at which the API server is reached. */
  readonly hubAddresses: (signal: AbortSignal) => Promise<readonly string[]>;
  readonly decide: Decide;
}

/** Where the hub publishes the addresses at which pods reach it. */
const HUB_ENDPOINTS = { namespace: 'default', fieldSelector: 'metadata.name=kubernetes' };

const MESSAGE = "Auto approving kubelet serving certificate: every name is the node's and vouched for.";

/**
 * Approves kubelets' serving certificates under --approve-kubelet-serving=strict. What it does not approve is left for
 * a person, with an event that says why; it is looked at again when what nodes claim changes.
 */
export function createServingApprovingController(
  context: ControllerContext,
  options: ServingApprovingOptions,
): Controller {
  const { informers } = context;
  const name = 'kubelet-serving-certificate-approving-controller';
  const csrs = informers.get(certificateSigningRequests);
  const nodeCache = informers.get(nodes);
  const hubEndpoints = informers.get(endpoints, HUB_ENDPOINTS);
  csrs.addIndex(PENDING, (csr) => (isCandidate(csr) ? [ALL] : []));
  const told = new Map<string, string>();
  const sync = async (key: string, signal: AbortSignal) => {
    const csr = csrs.get(key);
    if (!csr || !isCandidate(csr)) {
      told.delete(key);
      return;
    }
    const decision = await decide(csr, signal);
    if (decision.approved) await approve(context, options.decide, csr, signal);
    else if (told.get(key) !== decision.why) {
      told.set(key, decision.why);
      explain(context, csr, decision.why);
    }
  };
  const decide = async (csr: CertificateSigningRequest, signal: AbortSignal): Promise<ServingDecision> => {
    const parsed = parseRequest(csr);
    if ('fault' in parsed) return { approved: false, why: parsed.fault };
    const node = nodeCache.get(nodeNameOf(csr.spec.username));
    const otherNodes = nodeCache.list().filter((other) => other !== node);
    const published = addressesIn(hubEndpoints.get('default/kubernetes'));
    const hubAddresses = [...(await options.hubAddresses(signal)), ...published];
    return decideKubeletServing(csr, parsed.request, { ...options, node, otherNodes, hubAddresses });
  };
  const lookAgain = () => {
    for (const csr of csrs.index(PENDING, ALL)) reconciler.queue.add(keyOf(csr));
  };
  const reconciler: Reconciler = new Reconciler(context, { name, sync, concurrency: 1 })
    .follow(csrs)
    .need(hubEndpoints)
    .watch(nodeCache, {
      added: lookAgain,
      updated: (before, after) => {
        if (!isDeepStrictEqual(claimsOf(before), claimsOf(after))) lookAgain();
      },
      deleted: lookAgain,
    });
  return reconciler;
}

/** An index of the requests that wait, all under one value. */
const PENDING = 'pending-serving';
const ALL = '';

/** What of a node bears on requests, its own and others'; the rest changes with each of its reports. */
function claimsOf({ metadata, spec, status }: Node): unknown {
  return [
    metadata.annotations?.[ALLOWED_ADDRESSES],
    metadata.deletionTimestamp,
    spec?.podCIDR,
    spec?.podCIDRs,
    status?.addresses,
  ];
}

function addressesIn(published: Endpoints | undefined): string[] {
  const { subsets = [] } = published ?? {};
  return subsets.flatMap(({ addresses = [], notReadyAddresses = [] }) =>
    [...addresses, ...notReadyAddresses].map(({ ip }) => ip),
  );
}

function isCandidate(csr: CertificateSigningRequest): boolean {
  return csr.spec.signerName === KUBELET_SERVING && isPending(csr);
}

async function approve(
  context: ControllerContext,
  decide: Decide,
  csr: CertificateSigningRequest,
  signal: AbortSignal,
): Promise<void> {
  const condition = { type: 'Approved', reason: 'AutoApproved', message: MESSAGE } as const;
  const approved = withCondition(csr, condition, context.clock.now());
  const write = () =>
    context.client.update(certificateSigningRequests, approved, { subresource: 'approval', signal });
  await decide(csr, 'approved', write);
  context.logger.info(
    { csr: csr.metadata.name, requestor: csr.spec.username },
    'serving certificate request approved',
  );
}

function explain({ recorder, logger }: ControllerContext, csr: CertificateSigningRequest, why: string): void {
  recorder.event(
    csr,
    'Warning',
    'ServingCertificateNotApproved',
    `Left for an administrator to approve: ${why}.`,
  );
  logger.warn(
    { csr: csr.metadata.name, requestor: csr.spec.username, why },
    'serving certificate request left pending',
  );
}
