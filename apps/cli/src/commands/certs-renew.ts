import { resolve } from 'node:path';
import { Command } from 'commander';
import { type ManagedCertificate, managedCertificates } from '../certs/managed-certificates.ts';
import { type Renewal, renewCertificate } from '../certs/renew-certificate.ts';
import type { CommandContext } from '../command-context.ts';

interface Flags {
  home: string;
  newKey: boolean;
}

const DONE =
  'Done renewing certificates. Services read them by themselves, nats-server when it is told to (nats-server --signal reload).';

/** `hawser certs renew NAME|all`: issues certificates anew, whenever they expire, after kubeadm's; authorities never. */
export function certsRenewCommand({ environment, clock, print }: CommandContext): Command {
  return new Command('renew')
    .description(
      'renew certificates of a state directory, whenever they expire; authorities stay as they are',
    )
    .argument('<name>', 'a certificate, as check-expiration names it, or all')
    .option('--home <directory>', 'the state directory', environment.home)
    .option('--new-key', 'make a new private key as well; the present one stays unless told', false)
    .action((name: string, { home, newKey }: Flags) => {
      const chosen = choose(managedCertificates(resolve(home)).certificates, name);
      const options = { newKey, now: clock.now() };
      const outcomes = chosen.map((certificate) => {
        const renewal = renewCertificate(certificate, options);
        print(`${lineOf(certificate, renewal, newKey)}\n`);
        return { name: certificate.name, outcome: renewal.outcome };
      });
      if (outcomes.some(({ outcome }) => outcome === 'renewed')) print(`\n${DONE}\n`);
      const failed = outcomes.filter(({ outcome }) => outcome === 'failed' || outcome === 'external');
      if (failed.length > 0) throw new Error(`not renewed: ${failed.map((each) => each.name).join(', ')}`);
    });
}

function choose(certificates: readonly ManagedCertificate[], name: string): readonly ManagedCertificate[] {
  if (name === 'all') return certificates;
  const found = certificates.filter((certificate) => certificate.name === name);
  if (found.length > 0) return found;
  const names = certificates.map((certificate) => certificate.name).join(', ');
  throw new Error(
    `${JSON.stringify(name)} is not a valid certificate for this cluster; there are: all, ${names}`,
  );
}

/** The beginnings are kubeadm's words. */
function lineOf(
  { name, description, files, authority }: ManagedCertificate,
  renewal: Renewal,
  newKey: boolean,
) {
  switch (renewal.outcome) {
    case 'renewed': {
      const until = renewal.notAfter.toISOString().slice(0, 10);
      return `${description} renewed (${name}, until ${until}, with ${newKey ? 'a new' : 'its present'} key)`;
    }
    case 'missing':
      return `MISSING! ${description} (${files.path})`;
    case 'external':
      return `Detected external ${authority.name}, ${description} can't be renewed (${authority.files.key} is not here)`;
    default:
      return `FAILED! ${description} (${files.path}): ${renewal.why}`;
  }
}
