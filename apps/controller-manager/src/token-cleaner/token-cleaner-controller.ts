import { type Secret, secrets } from '@hawser/api';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { ignoreNotFound } from '../framework/expected-errors.ts';
import { Reconciler } from '../framework/reconciler.ts';

const NAMESPACE = 'kube-system';
const TOKEN_TYPE = 'bootstrap.kubernetes.io/token';

/** Deletes the Secrets of bootstrap tokens when they expire (`pkg/controller/bootstrap/tokencleaner.go`). */
export function createTokenCleanerController(context: ControllerContext): Controller {
  const { client, informers, clock, logger } = context;
  const name = 'token-cleaner-controller';
  const tokens = informers.get(secrets, { namespace: NAMESPACE, fieldSelector: `type=${TOKEN_TYPE}` });
  const sync = async (key: string, signal: AbortSignal) => {
    const secret = tokens.get(key);
    const expiryMs = secret && tokenExpiryMs(secret);
    if (!secret || expiryMs === undefined) return;
    const waitMs = expiryMs - clock.now().getTime();
    if (waitMs > 0) {
      reconciler.queue.addAfter(key, waitMs);
      return;
    }
    const { name, namespace, uid } = secret.metadata;
    await client.delete(secrets, name, { namespace, uid, signal }).catch(ignoreNotFound);
    logger.info({ secret: name }, 'expired bootstrap token deleted');
  };
  const reconciler: Reconciler = new Reconciler(context, { name, sync, concurrency: 1 }).follow(tokens);
  return reconciler;
}

/**
 * When a bootstrap token expires; undefined for one that does not. An expiration that cannot be read counts as past,
 * as upstream's: such a token does not authenticate either.
 */
export function tokenExpiryMs(secret: Secret): number | undefined {
  const expiration = secret.data?.['expiration'];
  if (secret.type !== TOKEN_TYPE || expiration === undefined || expiration === '') return undefined;
  const text = Buffer.from(expiration, 'base64').toString('utf8');
  const isTimestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const timeMs = isTimestamp ? Date.parse(text) : Number.NaN;
  return Number.isNaN(timeMs) ? 0 : timeMs;
}
