import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { expirationsOf, troublesOf } from '../certs/expiration.ts';
import { managedCertificates } from '../certs/managed-certificates.ts';
import { EXPIRATION_FORMS, type ExpirationForm, printExpirations } from '../certs/print-expirations.ts';
import type { CommandContext } from '../command-context.ts';

interface Flags {
  home: string;
  output: ExpirationForm;
}

/**
 * `hawser certs check-expiration`: when what `hawser init` made expires, after kubeadm's. Unlike kubeadm's it fails when
 * something has expired: whoever runs it by a timer is told.
 */
export function certsCheckExpirationCommand({ environment, clock, print }: CommandContext): Command {
  return new Command('check-expiration')
    .description('check when the certificates of a state directory expire; fails when one has')
    .option('--home <directory>', 'the state directory', environment.home)
    .addOption(new Option('-o, --output <form>', 'how to print it').choices(EXPIRATION_FORMS).default('text'))
    .action(({ home, output }: Flags) => {
      const now = clock.now();
      const expirations = expirationsOf(managedCertificates(resolve(home)));
      print(printExpirations(expirations, now, output));
      const troubles = troublesOf(expirations, now);
      if (troubles.length > 0) throw new Error(troubles.join('; '));
    });
}
