import { resolve } from 'node:path';
import { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { initialize } from '../init/initialize.ts';
import { collectList, parseAddress, parsePort } from './option-values.ts';

interface InitFlags {
  home: string;
  port: number;
  apiserverCertExtraSans: readonly string[];
  natsBindAddress: string;
  node: readonly string[];
}

/** `hawser init`: everything that services need before their first start. */
export function initCommand({ environment, clock, print }: CommandContext): Command {
  return new Command('init')
    .description(
      'make or complete a state directory: keys, certificates, kubeconfigs; offline and repeatable',
    )
    .option('--home <directory>', 'the state directory', environment.home)
    .option(
      '--port <number>',
      "the hub's port; all others move by the same distance",
      parsePort,
      environment.port,
    )
    .option(
      '--apiserver-cert-extra-sans <names>',
      'more DNS names and addresses by which the hub is reached',
      collectList,
      [],
    )
    .option(
      '--nats-bind-address <address>',
      'where NATS listens; other machines reach it only at an address that is not loopback',
      parseAddress,
      '127.0.0.1',
    )
    .option('--node <names>', 'nodes to make directories and NATS client certificates for', collectList, [])
    .action((flags: InitFlags) => {
      const layout = initialize({
        home: resolve(flags.home),
        port: flags.port,
        extraNames: flags.apiserverCertExtraSans,
        natsAddress: flags.natsBindAddress,
        nodes: flags.node,
        clock,
      });
      print(`${layout.adminKubeconfig}\n`);
    });
}
