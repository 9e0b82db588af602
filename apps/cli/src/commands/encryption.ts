import { readFileSync } from 'node:fs';
import { homeLayout } from '@hawser/config';
import { sleep, writeFileAtomic } from '@hawser/runtime';
import { Command, Option } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { type EncryptionReport, readEncryption, startRewriting } from '../encryption/encryption-api.ts';
import { isCurrent, printEncryption } from '../encryption/print-encryption.ts';
import { type KeyProvider, withNewKey, withoutOldKeys } from '../encryption/rotate-key.ts';
import { connectCluster } from './connect-cluster.ts';
import { kubeconfigOption } from './kubeconfig-option.ts';

interface FileFlags {
  file: string;
  resource: string;
  provider?: KeyProvider;
  kubeconfig: string;
}

/** How often the hub is asked how far it is. */
const ASK_MS = 250;

/** `hawser encryption`: how objects are stored, and what changes that. */
export function encryptionCommand(context: CommandContext): Command {
  return new Command('encryption')
    .description('encryption at rest: what is stored under which key, and new keys')
    .addCommand(statusCommand(context))
    .addCommand(rotateKeyCommand(context))
    .addCommand(rewriteCommand(context))
    .addCommand(removeOldKeysCommand(context));
}

function statusCommand({ environment, print, signal }: CommandContext): Command {
  return new Command('status')
    .description('show how many objects are stored under which key')
    .addOption(kubeconfigOption(environment))
    .action(async ({ kubeconfig }: { kubeconfig: string }) => {
      await using client = connectCluster(kubeconfig);
      print(printEncryption(await readEncryption(client, signal)));
    });
}

/** Called rewrite, not re-encrypt: it writes in clear, too, what is configured so. */
function rewriteCommand({ environment, clock, print, signal }: CommandContext): Command {
  return new Command('rewrite')
    .description('write anew every object that is stored under an old key, and erase old revisions')
    .addOption(kubeconfigOption(environment))
    .action(async ({ kubeconfig }: { kubeconfig: string }) => {
      await using client = connectCluster(kubeconfig);
      let report = await startRewriting(client, signal);
      while (report.rewriting?.running) {
        await sleep(ASK_MS, signal, clock);
        report = await readEncryption(client, signal);
      }
      print(printEncryption(report));
      if (report.rewriting?.error !== undefined) throw new Error(report.rewriting.error);
      if (!isCurrent(report)) throw new Error('not everything could be written anew');
    });
}

function rotateKeyCommand(context: CommandContext): Command {
  return fileCommand(
    context,
    'rotate-key',
    'put a new key first in the configuration; the old ones still read',
  )
    .addOption(
      new Option(
        '--provider <name>',
        'the provider of the new key; that which writes now unless told',
      ).choices(['aesgcm', 'secretbox']),
    )
    .action(({ file, resource, provider }: FileFlags) => {
      const { text, label } = withNewKey(readFileSync(file, 'utf8'), resource, provider);
      writeFileAtomic(file, text, 0o600);
      context.print(
        `${label} writes ${resource} from now on. Restart the hub unless it reads the file by itself; then: hawser encryption rewrite\n`,
      );
    });
}

function removeOldKeysCommand(context: CommandContext): Command {
  return fileCommand(
    context,
    'remove-old-keys',
    'take out of the configuration what no object needs any more',
  )
    .addOption(kubeconfigOption(context.environment))
    .action(async ({ file, resource, kubeconfig }: FileFlags) => {
      const { text, removed, writesWith } = withoutOldKeys(readFileSync(file, 'utf8'), resource);
      if (removed.length === 0) return context.print('There is no old key.\n');
      await using client = connectCluster(kubeconfig);
      assertRewritten(await readEncryption(client, context.signal), resource, writesWith);
      writeFileAtomic(file, text, 0o600);
      context.print(`Removed ${removed.join(', ')}.\n`);
    });
}

/** A key that is gone takes along what is stored under it: the hub must write with the one that stays. */
function assertRewritten(report: EncryptionReport, resource: string, writesWith: string): void {
  const { resources, rewriting } = report;
  const own = resources.filter((each) => each.resource === resource);
  // A rule may be for a wildcard.
  const hub = (own.length > 0 ? own : resources).map((each) => each.writesWith);
  if (!hub.includes(writesWith))
    throw new Error(
      `the hub does not write ${resource} with ${writesWith} yet: it has not read the file (a restart helps); ` +
        'then: hawser encryption rewrite',
    );
  if (!isCurrent(report) || !rewriting?.erased)
    throw new Error('objects or old revisions may still need the old keys; first: hawser encryption rewrite');
}

function fileCommand({ environment }: CommandContext, name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option(
      '--file <path>',
      "the hub's EncryptionConfiguration",
      homeLayout(environment.home).hub.encryptionConfig,
    )
    .option('--resource <name>', 'whose rule is changed', 'secrets');
}
