import { readSigningKey } from '@hawser/authn';
import { ReloadingFiles } from '@hawser/tls-files';
import type { ControllerEntry, ControllerSurroundings } from '../controllers.ts';
import type { ControllerManagerOptions } from '../options.ts';
import { createLegacyTokenCleaner } from './legacy-token-cleaner.ts';
import { createTokensController } from './tokens-controller.ts';

/** The loops for service account tokens that live in Secrets. @throws RangeError on a period that is none. */
export function tokenControllers(
  options: ControllerManagerOptions,
  { clock, logger, reloads: metrics }: ControllerSurroundings,
  rootCa: ReloadingFiles<string> | undefined,
): ControllerEntry[] {
  const { serviceAccountPrivateKeyFile: path, legacyServiceAccountTokenCleanUpPeriod: keepMs } = options;
  if (keepMs <= 0) throw new RangeError('--legacy-service-account-token-clean-up-period must be positive');
  const create = () => {
    if (path === undefined) return undefined;
    const files = { name: 'service-account-key', paths: [path], clock, logger, metrics };
    const key = new ReloadingFiles({ ...files, parse: readSigningKey });
    return (context: Parameters<typeof createTokensController>[0]) =>
      createTokensController(context, { key, rootCa });
  };
  return [
    {
      name: 'serviceaccount-token-controller',
      // Upstream's acts as the controller manager itself: the tokens of all other accounts may hang on it.
      account: undefined,
      component: 'serviceaccount-token-controller',
      create: create(),
    },
    {
      name: 'legacy-serviceaccount-token-cleaner-controller',
      account: 'legacy-service-account-token-cleaner',
      component: 'legacy-service-account-token-cleaner',
      create: (context) => createLegacyTokenCleaner(context, keepMs),
    },
  ];
}
