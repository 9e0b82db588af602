import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type AuthorityFiles, type HomeLayout, homeLayout } from '@hawser/config';
import { type Certificate, parseCertificate, spkiHash } from '@hawser/pki';
import { Command, Option } from 'commander';
import {
  finishAuthority,
  prepareAuthority,
  replacementState,
  switchAuthority,
  trustedBy,
} from '../ca/replace-authority.ts';
import { stillIssuedBy } from '../ca/still-issued-by.ts';
import type { CommandContext } from '../command-context.ts';
import { CLUSTER_CA_NAME, KONNECTIVITY_CA_NAME, NATS_CA_NAME } from '../init/write-pki.ts';

const AUTHORITIES = ['cluster', 'konnectivity', 'nats'] as const;
type AuthorityName = (typeof AUTHORITIES)[number];

interface CaFlags {
  home: string;
  authority: AuthorityName;
}

interface Authority {
  readonly files: AuthorityFiles;
  readonly commonName: string;
  readonly layout: HomeLayout;
}

/** `hawser ca`: one CA takes another's place, as docs/ca-rotation.md has it. */
export function caCommand(context: CommandContext): Command {
  return new Command('ca')
    .description('the certificate authorities of a state directory, and how one takes the place of another')
    .addCommand(statusCommand(context))
    .addCommand(
      stepCommand(context, 'prepare', 'make the next CA, and trust it besides the one that signs').action(
        (flags: CaFlags) => {
          const { files, commonName } = authorityOf(flags);
          prepareAuthority(files, commonName, context.clock.now());
          report(context, files, 'Next: hawser init, and the new bundle to every node.');
        },
      ),
    )
    .addCommand(
      stepCommand(context, 'switch', 'let the next CA sign; the one before is trusted still').action(
        (flags: CaFlags) => {
          const { files } = authorityOf(flags);
          switchAuthority(files);
          report(context, files, 'Next: hawser init; then wait until every certificate has been renewed.');
        },
      ),
    )
    .addCommand(
      stepCommand(context, 'finish', 'trust the CA before no more')
        .option('--force', 'though certificates of it are in use')
        .action((flags: CaFlags & { force?: true }) => {
          const { files, layout } = authorityOf(flags);
          if (!flags.force) assertReplaced(files, layout);
          finishAuthority(files);
          report(context, files, 'Next: hawser init, and the new bundle to every node.');
        }),
    );
}

function stepCommand({ environment }: CommandContext, name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--home <directory>', 'the state directory', environment.home)
    .addOption(new Option('--authority <name>', 'which CA').choices(AUTHORITIES).default('cluster'));
}

function statusCommand(context: CommandContext): Command {
  return new Command('status')
    .description('show which CAs are trusted, and which of them signs')
    .option('--home <directory>', 'the state directory', context.environment.home)
    .action(({ home }: { home: string }) => {
      for (const authority of AUTHORITIES) {
        const { files } = authorityOf({ home, authority });
        context.print(`${authority}: ${STATES[replacementState(files)]}\n${listOf(files)}`);
      }
    });
}

const STATES = {
  single: 'one CA',
  prepared: 'the next CA is trusted and does not sign yet',
  switched: 'the CA before is trusted still',
};

function authorityOf({ home, authority }: CaFlags): Authority {
  const layout = homeLayout(resolve(home));
  const { pki, konnectivityPki, natsPki } = layout;
  const known: Readonly<Record<AuthorityName, Omit<Authority, 'layout'>>> = {
    cluster: { files: pki.ca, commonName: CLUSTER_CA_NAME },
    konnectivity: { files: konnectivityPki.ca, commonName: KONNECTIVITY_CA_NAME },
    nats: { files: natsPki.ca, commonName: NATS_CA_NAME },
  };
  return { ...known[authority], layout };
}

function report({ print }: CommandContext, files: AuthorityFiles, next: string): void {
  print(`${listOf(files)}${next}\n`);
}

function listOf(files: AuthorityFiles): string {
  const signing = read(files.certificate);
  const line = (each: Certificate) => {
    const role = each.raw.equals(signing.raw) ? 'signs' : 'trusted';
    return `  ${role.padEnd(8)}${each.subject.commonName}  until ${each.notAfter.toISOString().slice(0, 10)}  ${spkiHash(each)}\n`;
  };
  return trustedBy(files).map(line).join('');
}

function assertReplaced({ previous }: AuthorityFiles, layout: HomeLayout): void {
  if (!existsSync(previous.certificate)) return;
  const files = stillIssuedBy(read(previous.certificate), layout);
  if (files.length > 0)
    throw new Error(
      `certificates of the CA before are in use, and would be refused (--force): ${files.join(', ')}`,
    );
}

const read = (path: string): Certificate => parseCertificate(readFileSync(path, 'utf8'));
