import { type CertificateSigningRequest, certificateSigningRequests, leases, nodes } from '@hawser/api';
import { KubeClient, StatusError } from '@hawser/client';
import { PkiError, parseCertificateRequest } from '@hawser/pki';
import { type Clock, sleep } from '@hawser/runtime';
import { JoinError } from './join-error.ts';
import { joinedNodeName } from './joined-node.ts';
import type { NodeDirectory } from './node-directory.ts';

export interface Admission {
  readonly nodeName: string;
  readonly directory: NodeDirectory;
  /** Names of the certificate requests that there were before: they are no affair of this join. */
  readonly earlier: ReadonlySet<string>;
  readonly clock: Clock;
  readonly report: (line: string) => void;
}

const POLL_MS = 500;
/** Silence longer than this makes people think that nothing happens. */
const REPORT_EVERY_MS = 15_000;
const SIGNER = 'kubernetes.io/kube-apiserver-client-kubelet';

/**
 * Follows a kubelet that has been started: until it has its certificate, then until its Node is Ready, and says so.
 * @throws JoinError when the node will not be let in: its request is denied, its token is no longer taken; the
 *   signal's reason when that aborts.
 */
export async function awaitAdmission(admission: Admission, signal: AbortSignal): Promise<void> {
  const { nodeName, directory, clock, report } = admission;
  const since = clock.now();
  const has = () => joinedNodeName(directory, clock.now()) === nodeName;
  if (!has()) {
    await using client = clientOf(directory.bootstrapKubeconfig);
    await poll(admission, signal, async () => has() || (await refuses(client, admission, signal)));
    report(`has a certificate as system:node:${nodeName}`);
  }
  await using client = clientOf(directory.kubeconfig);
  await poll(admission, signal, () => isReady(client, nodeName, since, signal));
  report(`this node has joined the cluster: Node ${nodeName} is Ready`);
}

const clientOf = (kubeconfig: string): KubeClient =>
  KubeClient.fromKubeconfig(kubeconfig, { userAgent: 'hawser-join' });

async function poll(
  { clock, report, nodeName }: Admission,
  signal: AbortSignal,
  done: () => Promise<boolean | string>,
): Promise<void> {
  let reportedMs = clock.now().getTime();
  for (;;) {
    const answer = await done();
    if (answer === true) return;
    const nowMs = clock.now().getTime();
    if (nowMs - reportedMs > REPORT_EVERY_MS) {
      report(typeof answer === 'string' ? answer : `waits for Node ${nodeName} to become Ready`);
      reportedMs = nowMs;
    }
    await sleep(POLL_MS, signal, clock);
  }
}

/** @returns what is waited for. @throws JoinError when there is nothing to wait for. */
async function refuses(client: KubeClient, admission: Admission, signal: AbortSignal): Promise<string> {
  try {
    const own = (await listRequests(client, signal)).filter((request) => isOwn(request, admission));
    for (const { metadata, status } of own) {
      const denied = status?.conditions?.find(({ type }) => type === 'Denied' || type === 'Failed');
      if (denied)
        throw new JoinError(
          `the certificate request ${metadata.name} of this node was ${denied.type.toLowerCase()}: ` +
            `${denied.reason ?? ''} ${denied.message ?? ''}`.trimEnd(),
        );
    }
    const names = own.map(({ metadata }) => metadata.name).join(', ');
    return names === ''
      ? 'waits for the kubelet to ask for a certificate'
      : `waits for the certificate request ${names} to be approved and signed`;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof JoinError) throw error;
    if (error instanceof StatusError && error.code === 401)
      throw new JoinError('the hub does not take the token any more: it has expired or was deleted', {
        cause: error,
      });
    return `waits: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function listRequests(client: KubeClient, signal: AbortSignal): Promise<CertificateSigningRequest[]> {
  const fieldSelector = `spec.signerName=${SIGNER}`;
  return (await client.list(certificateSigningRequests, { fieldSelector, signal })).items;
}

/** The names of the requests for node certificates that there are. */
export async function requestNames(client: KubeClient, signal: AbortSignal): Promise<ReadonlySet<string>> {
  return new Set((await listRequests(client, signal)).map(({ metadata }) => metadata.name));
}

function isOwn({ metadata, spec }: CertificateSigningRequest, { nodeName, earlier }: Admission): boolean {
  if (earlier.has(metadata.name)) return false;
  try {
    const { subject } = parseCertificateRequest(Buffer.from(spec.request, 'base64').toString());
    return subject.commonName === `system:node:${nodeName}`;
  } catch (error) {
    if (error instanceof PkiError) return false;
    throw error;
  }
}

/** Ready, and by the kubelet that runs now: what an earlier one has said stands for a while. */
async function isReady(client: KubeClient, name: string, since: Date, signal: AbortSignal): Promise<boolean> {
  try {
    const { spec } = await client.get(leases, name, { namespace: 'kube-node-lease', signal });
    if (!(Date.parse(spec?.renewTime ?? '') >= since.getTime())) return false;
    const { status } = await client.get(nodes, name, { signal });
    return status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof Error) return false;
    throw error;
  }
}
