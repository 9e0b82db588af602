import type { IncomingMessage } from 'node:http';
import type { Identity } from '@hawser/authn';
import type { Logger } from '@hawser/observability';
import type { Authenticator } from './authenticator.ts';
import type { Authorizer } from './authorizer.ts';
import { requestAttributes } from './request-attributes.ts';

export interface CallerCheck {
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly logger: Logger;
}

/** Why somebody is turned away. */
export interface Refusal {
  readonly code: 401 | 403 | 500;
  readonly text: string;
}

/** Who makes a request, as far as that is known, and why they may not make it if they may not. */
export interface CheckedCaller {
  readonly identity?: Identity;
  readonly refusal?: Refusal;
  /** Why the API server said yes or no, where it was asked. */
  readonly reason?: string;
}

/** Who makes a request, and whether they may. The texts are upstream's. */
export async function checkCaller(
  { authenticator, authorizer, logger }: CallerCheck,
  request: IncomingMessage,
  method: string,
  path: string,
): Promise<CheckedCaller> {
  const identity = await authenticator.authenticate(request).catch((error: unknown) => {
    logger.warn({ error }, 'caller could not be authenticated');
    return undefined;
  });
  if (identity === undefined) return { refusal: { code: 401, text: 'Unauthorized' } };
  const attributes = requestAttributes(method, path);
  const { verb, subresources } = attributes;
  const facts = `user=${identity.name}, verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(' ')}]`;
  try {
    const { allowed, reason } = await authorizer.authorize(identity, attributes);
    if (allowed) return { identity, reason };
    return { identity, reason, refusal: { code: 403, text: `Forbidden (${facts})` } };
  } catch (error) {
    logger.warn({ error, user: identity.name }, 'authorization could not be asked for');
    return { identity, refusal: { code: 500, text: `Authorization error (${facts})` } };
  }
}
