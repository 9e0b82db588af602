import { configMaps, pods, type Secret, type ServiceAccount, secrets, serviceAccounts } from '@hawser/api';
import {
  ACCOUNT_NAME_ANNOTATION,
  ACCOUNT_UID_ANNOTATION,
  INVALID_SINCE_LABEL,
  LAST_USED_LABEL,
  LEGACY_TOKEN_SECRET_TYPE,
  TRACKING_CONFIG_MAP,
} from '@hawser/authn';
import { podReferences } from '@hawser/authz';
import { isConflict, isNotFound, keyOf } from '@hawser/client';
import { aborted } from '@hawser/runtime';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { logRetry } from '../framework/expected-errors.ts';
import { periodic } from '../framework/periodic.ts';

const DAY_MS = 24 * 3_600_000;
const DATE = /^\d{4}-\d\d-\d\d$/;

/**
 * Marks tokens that live in Secrets as invalid when nobody has used them for a long time, and deletes them when still
 * nobody has for as long again. Only such as their account names, as those were that used to be made without anybody
 * asking; what somebody made on purpose stays (`pkg/controller/serviceaccount/legacy_serviceaccount_token_cleaner.go`).
 * @param keepMs how long a token may go unused.
 */
export function createLegacyTokenCleaner(context: ControllerContext, keepMs: number): Controller {
  const { client, informers, clock, logger } = context;
  const name = 'legacy-serviceaccount-token-cleaner-controller';
  const tokens = informers.get(secrets, { fieldSelector: `type=${LEGACY_TOKEN_SECRET_TYPE}` });
  const accounts = informers.get(serviceAccounts);
  const podCache = informers.get(pods);

  const round = async (signal: AbortSignal) => {
    const now = clock.now();
    const where = { namespace: 'kube-system', signal };
    const { data } = await client.get(configMaps, TRACKING_CONFIG_MAP, where);
    if (!isTrackedLongEnough(data?.['since'], now, keepMs)) return;
    for (const secret of tokens.list()) {
      const account = accountOf(secret, accounts.get(`${secret.metadata.namespace}/${nameOf(secret)}`));
      const fate = fateOf(secret, { account, isMounted: () => isMounted(secret), now, keepMs });
      await carryOut(fate, secret, now, signal).catch((error: unknown) => {
        if (signal.aborted) throw error;
        if (isConflict(error) || isNotFound(error)) return;
        logRetry(logger, error, { controller: name, secret: keyOf(secret) }, 'token not cleaned up');
      });
    }
  };
  const isMounted = ({ metadata }: Secret) =>
    podCache
      .list()
      .some(
        (pod) =>
          pod.metadata.namespace === metadata.namespace &&
          podReferences(pod).secrets.has(metadata.name ?? ''),
      );
  const carryOut = async (fate: Fate, secret: Secret, now: Date, signal: AbortSignal) => {
    const { name: secretName = '', namespace, uid, resourceVersion } = secret.metadata;
    if (fate === 'mark') {
      const labels = { [INVALID_SINCE_LABEL]: dateOf(now.getTime()) };
      const patch = { metadata: { uid, labels } };
      await client.patch(secrets, secretName, patch, { namespace, type: 'merge', signal });
      logger.info({ secret: keyOf(secret) }, 'unused service account token marked invalid');
    } else if (fate === 'delete') {
      await client.delete(secrets, secretName, { namespace, uid, resourceVersion, signal });
      logger.info({ secret: keyOf(secret) }, 'unused service account token deleted');
    }
  };

  const rounds = periodic({ name, intervalMs: DAY_MS, clock, logger, round });
  return {
    name,
    run: async (signal) => {
      const caches = [tokens.synced, accounts.synced, podCache.synced];
      await Promise.race([Promise.all(caches), aborted(signal)]);
      await rounds.run(signal);
    },
  };
}

export type Fate = 'keep' | 'mark' | 'delete';

export interface TokenFacts {
  /** The account that the Secret is for; undefined where there is none. */
  readonly account: ServiceAccount | undefined;
  readonly isMounted: () => boolean;
  readonly now: Date;
  readonly keepMs: number;
}

/** What is to become of a Secret with a token. */
export function fateOf({ metadata }: Secret, { account, isMounted, now, keepMs }: TokenFacts): Fate {
  const sinceMs = now.getTime() - keepMs;
  const { labels = {}, creationTimestamp = '', deletionTimestamp, name } = metadata;
  // One without a time is of no known age.
  if (!(Date.parse(creationTimestamp) < sinceMs) || deletionTimestamp !== undefined) return 'keep';
  const lastUsed = labels[LAST_USED_LABEL];
  if (lastUsed !== undefined && (!isDate(lastUsed) || lastUsed >= dateOf(sinceMs))) return 'keep';
  if (!account?.secrets?.some((reference) => reference.name === name) || isMounted()) return 'keep';
  const invalidSince = labels[INVALID_SINCE_LABEL];
  if (!isDate(invalidSince)) return 'mark';
  return invalidSince >= dateOf(sinceMs) ? 'keep' : 'delete';
}

/**
 * Whether uses have been noted for as long as tokens are kept: what has no note else may well have been used.
 * @throws Error where the ConfigMap gives no date.
 */
export function isTrackedLongEnough(since: string | undefined, now: Date, keepMs: number): boolean {
  if (!isDate(since))
    throw new Error(`ConfigMap ${TRACKING_CONFIG_MAP} does not say since when uses are noted`);
  return now.getTime() >= Date.parse(since) + DAY_MS + keepMs;
}

const nameOf = ({ metadata }: Secret): string => metadata.annotations?.[ACCOUNT_NAME_ANNOTATION] ?? '';

function accountOf({ metadata }: Secret, account: ServiceAccount | undefined): ServiceAccount | undefined {
  const uid = metadata.annotations?.[ACCOUNT_UID_ANNOTATION];
  return uid && account?.metadata.uid !== uid ? undefined : account;
}

const dateOf = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 10);

function isDate(text: string | undefined): text is string {
  return text !== undefined && DATE.test(text) && !Number.isNaN(Date.parse(text));
}
