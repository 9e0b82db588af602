import { configMaps } from '@hawser/api';
import {
  CLUSTER_INFO_NAME,
  CLUSTER_INFO_NAMESPACE,
  ConnectionError,
  isNotFound,
  KubeClient,
  RequestTimeoutError,
  StatusError,
  staticCredentials,
} from '@hawser/client';
import { type Clock, sleep } from '@hawser/runtime';
import { JoinError } from './join-error.ts';

export interface ClusterInfoRequest {
  /** `https://host:port` */
  readonly server: string;
  /** PEM certificates that the server's must chain to; undefined leaves it unverified. */
  readonly certificateAuthority: string | undefined;
  /** What the answer must have to count; until then it is asked again. */
  readonly has: (data: Record<string, string>) => boolean;
  /** How long an answer may be waited for. */
  readonly timeoutMs: number;
  /** How long an answer that lacks something may be waited for to have it. */
  readonly patienceMs: number;
  readonly clock: Clock;
  /** Told of what is waited for, each time that changes. */
  readonly report: (line: string) => void;
}

const INTERVAL_MS = 500;
/** How long one answer may be waited for, and how long it may be: a ConfigMap takes one MiB. */
const ANSWER_WITHIN_MS = 30_000;
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;
/** Of connections that may come about later: the hub, the network or a name server is not up yet. */
const PASSING =
  /^(ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOST|ENET|EPIPE|Connection|FailedToOpenSocket|ERR_SOCKET)/;

/**
 * Asks for `cluster-info` as nobody in particular, until it is there and has what it is to have.
 * @returns its data; after `patienceMs` as it is. @throws JoinError when there is none in time or it is refused.
 */
export async function requestClusterInfo(
  request: ClusterInfoRequest,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const { server, certificateAuthority: ca, clock, report } = request;
  const credentials = staticCredentials(ca === undefined ? { insecure: true } : { ca });
  await using client = new KubeClient(
    { server, credentials },
    {
      userAgent: 'hawser-join',
      requestTimeoutMs: Math.min(request.timeoutMs, ANSWER_WITHIN_MS),
      maxResponseBytes: MAX_ANSWER_BYTES,
    },
  );
  const startMs = clock.now().getTime();
  let said = '';
  for (;;) {
    const answer = await ask(client, signal);
    const waitedMs = clock.now().getTime() - startMs;
    if ('data' in answer && (request.has(answer.data) || waitedMs >= request.patienceMs)) return answer.data;
    const why = 'why' in answer ? answer.why : 'cluster-info is not signed with this token yet';
    if (waitedMs >= request.timeoutMs) throw new JoinError(`the hub could not be asked: ${why}`);
    if (why !== said) report(`waits: ${why}`);
    said = why;
    await sleep(INTERVAL_MS, signal, clock);
  }
}

async function ask(
  client: KubeClient,
  signal: AbortSignal,
): Promise<{ data: Record<string, string> } | { why: string }> {
  try {
    const where = { namespace: CLUSTER_INFO_NAMESPACE, signal };
    return { data: textsOf(await client.get(configMaps, CLUSTER_INFO_NAME, where)) };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof ConnectionError) return connectionFailure(error);
    if (error instanceof RequestTimeoutError || isNotFound(error)) return { why: error.message };
    if (error instanceof SyntaxError)
      throw new JoinError(`what answers there is no hub: ${error.message}`, { cause: error });
    if (!(error instanceof StatusError)) throw error;
    if (error.code >= 500) return { why: error.message };
    throw new JoinError(`the hub does not let joining nodes read cluster-info: ${error.message}`, {
      cause: error,
    });
  }
}

/** Anybody may have answered anything: what counts is text under a key. */
function textsOf(answer: unknown): Record<string, string> {
  const { data } = (answer ?? {}) as { data?: object };
  return Object.fromEntries(Object.entries(data ?? {}).filter(([, value]) => typeof value === 'string'));
}

/** @throws JoinError for a server that will not be another one by being asked again. */
function connectionFailure(error: ConnectionError): { why: string } {
  if (error.code === '' || PASSING.test(error.code)) return { why: error.message };
  throw new JoinError(`what answers there is not trusted: ${error.message}`, { cause: error });
}
