import type { IncomingMessage } from 'node:http';
import { subjectAccessReviews, tokenReviews } from '@hawser/api';
import type { KubeClient } from '@hawser/client';
import { tlsSocketOf } from '@hawser/http';
import { parseCertificate } from '@hawser/pki';

interface Caller {
  readonly user: string;
  readonly groups: readonly string[];
}

/**
 * Whether the caller may read a path that is not public: 200, 401 when it is nobody, 403 when it may not. Both
 * questions go to the API server (TokenReview, SubjectAccessReview), as upstream's delegated authentication; a client
 * certificate counts when --client-ca-file vouched for it in the handshake.
 */
export async function authorizeRequest(
  client: KubeClient,
  request: IncomingMessage,
  path: string,
): Promise<number> {
  const caller = certificateCaller(request) ?? (await tokenCaller(client, request));
  if (!caller) return 401;
  const spec = {
    user: caller.user,
    groups: [...caller.groups],
    nonResourceAttributes: { path, verb: (request.method ?? 'GET').toLowerCase() },
  };
  const review = await client.create(subjectAccessReviews, { spec });
  return review.status?.allowed ? 200 : 403;
}

function certificateCaller(request: IncomingMessage): Caller | undefined {
  const socket = tlsSocketOf(request);
  if (!socket.authorized) return undefined;
  const { subject } = parseCertificate(socket.getPeerCertificate(true).raw);
  if (!subject.commonName) return undefined;
  return { user: subject.commonName, groups: [...subject.organizations, 'system:authenticated'] };
}

async function tokenCaller(client: KubeClient, request: IncomingMessage): Promise<Caller | undefined> {
  const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) return undefined;
  const { status } = await client.create(tokenReviews, { spec: { token } });
  if (!status?.authenticated || !status.user?.username) return undefined;
  return { user: status.user.username, groups: status.user.groups ?? [] };
}
