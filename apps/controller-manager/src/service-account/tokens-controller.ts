import { type Secret, type ServiceAccount, secrets, serviceAccounts } from '@hawser/api';
import {
  ACCOUNT_NAME_ANNOTATION,
  ACCOUNT_UID_ANNOTATION,
  LEGACY_TOKEN_SECRET_TYPE,
  signLegacyToken,
  type TokenSigningKey,
} from '@hawser/authn';
import { isConflict, isNotFound, keyOf } from '@hawser/client';
import type { ReloadingFiles } from '@hawser/tls-files';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { ignoreNotFound } from '../framework/expected-errors.ts';
import { Reconciler } from '../framework/reconciler.ts';

export interface TokensControllerOptions {
  /** Signs the tokens. */
  readonly key: Pick<ReloadingFiles<TokenSigningKey>, 'current'>;
  /** What the API server is verified with, for the Secrets; undefined where the operator gives none. */
  readonly rootCa: ReloadingFiles<string> | undefined;
}

/**
 * Fills Secrets of type `kubernetes.io/service-account-token` with a token of the account that they name, and deletes
 * those whose account is gone (`pkg/controller/serviceaccount/tokens_controller.go`). Such Secrets are made by whoever
 * wants a token without an end; none is made here.
 */
export function createTokensController(
  context: ControllerContext,
  { key, rootCa }: TokensControllerOptions,
): Controller {
  const { client, informers, logger } = context;
  const name = 'serviceaccount-token-controller';
  const tokens = informers.get(secrets, { fieldSelector: `type=${LEGACY_TOKEN_SECRET_TYPE}` });
  const accounts = informers.get(serviceAccounts);

  /** As the cache has it; where it has none, or another of the name, as the server does. */
  const accountOf = async (secret: Secret, signal: AbortSignal): Promise<ServiceAccount | undefined> => {
    const { namespace, annotations = {} } = secret.metadata;
    const accountName = annotations[ACCOUNT_NAME_ANNOTATION];
    const uid = annotations[ACCOUNT_UID_ANNOTATION];
    if (!accountName) return undefined;
    const isOwner = (account: ServiceAccount) => !uid || account.metadata.uid === uid;
    const cached = accounts.get(`${namespace}/${accountName}`);
    if (cached && isOwner(cached)) return cached;
    const live = await client.get(serviceAccounts, accountName, { namespace, signal }).catch(ignoreNotFound);
    return live && isOwner(live) ? live : undefined;
  };

  const fill = async (cached: Secret, account: ServiceAccount, signal: AbortSignal) => {
    if (!isLacking(cached, rootCa?.current)) return;
    const { namespace, name: secretName = '' } = cached.metadata;
    const live = await client.get(secrets, secretName, { namespace, signal }).catch(ignoreNotFound);
    // Another one, or a newer state of it: the event of that is on its way.
    if (live?.metadata.resourceVersion !== cached.metadata.resourceVersion) return;
    await client.update(secrets, filled(cached, account, key.current, rootCa?.current), { signal });
  };

  /** A Secret that is gone is no longer one of those that the account names. */
  const forget = async (namespace: string, secretName: string, signal: AbortSignal) => {
    const naming = accounts.list().filter(({ metadata, secrets: named }) => {
      const isNamed = named?.some((reference) => reference.name === secretName);
      return metadata.namespace === namespace && isNamed;
    });
    for (const { metadata } of naming) {
      const account = await client
        .get(serviceAccounts, metadata.name!, { namespace, signal })
        .catch(ignoreNotFound);
      if (account?.metadata.uid !== metadata.uid) continue;
      // Made anew meanwhile: then it is rightly named.
      if (await client.get(secrets, secretName, { namespace, signal }).then(() => true, ifNotFound(false)))
        continue;
      const kept = account!.secrets?.filter((reference) => reference.name !== secretName);
      await client.update(serviceAccounts, { ...account!, secrets: kept ?? [] }, { signal });
    }
  };

  const sync = async (secretKey: string, signal: AbortSignal) => {
    const secret = tokens.get(secretKey);
    const [namespace = '', secretName = ''] = secretKey.split('/');
    if (secret === undefined) return await forget(namespace, secretName, signal);
    const account = await accountOf(secret, signal);
    if (account !== undefined) return await fill(secret, account, signal);
    const { uid } = secret.metadata;
    await client.delete(secrets, secretName, { namespace, uid, signal }).catch((error: unknown) => {
      if (!isConflict(error)) ignoreNotFound(error);
    });
    logger.info({ secret: secretKey }, 'token deleted: its service account does not exist');
  };

  const tokensOf = ({ metadata }: ServiceAccount) =>
    tokens
      .list()
      .filter(
        (secret) =>
          secret.metadata.namespace === metadata.namespace &&
          secret.metadata.annotations?.[ACCOUNT_NAME_ANNOTATION] === metadata.name,
      )
      .map(keyOf);
  const reconciler = new Reconciler(context, { name, sync }).follow(tokens).follow(accounts, tokensOf);
  const fillAgain = () => {
    for (const secret of tokens.list()) reconciler.queue.add(keyOf(secret));
  };
  const run = async (signal: AbortSignal) => {
    await Promise.all([reconciler.run(signal), rootCa?.follow(fillAgain, signal)]);
  };
  return { name, run };
}

const ifNotFound =
  <T>(value: T) =>
  (error: unknown): T => {
    if (isNotFound(error)) return value;
    throw error;
  };

const encode = (text: string): string => Buffer.from(text).toString('base64');

/** Whether a Secret lacks its token or namespace, or has another CA than the cluster's. */
export function isLacking({ data = {} }: Secret, rootCa: string | undefined): boolean {
  return !data['token'] || !data['namespace'] || (rootCa !== undefined && data['ca.crt'] !== encode(rootCa));
}

/** The Secret as it shall be; a token that it has stays. */
export function filled(
  secret: Secret,
  account: ServiceAccount,
  key: TokenSigningKey,
  rootCa: string | undefined,
): Secret {
  const { name: secretName = '', namespace = '' } = secret.metadata;
  const { name = '', uid = '' } = account.metadata;
  const claims = { namespace, secretName, serviceAccountName: name, serviceAccountUid: uid };
  const owner = { [ACCOUNT_NAME_ANNOTATION]: name, [ACCOUNT_UID_ANNOTATION]: uid };
  return {
    ...secret,
    metadata: { ...secret.metadata, annotations: { ...secret.metadata.annotations, ...owner } },
    data: {
      ...secret.data,
      ...(rootCa === undefined ? {} : { 'ca.crt': encode(rootCa) }),
      namespace: secret.data?.['namespace'] || encode(namespace),
      token: secret.data?.['token'] || encode(signLegacyToken(key, claims)),
    },
  };
}
