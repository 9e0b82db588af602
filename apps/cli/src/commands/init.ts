import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { EGRESSES, type Egress, initialize } from '../init/initialize.ts';
import { collectList, parseAddress, parseHost, parsePort } from './option-values.ts';

interface InitFlags {
  home: string;
  port: number;
  apiserverCertExtraSans: readonly string[];
  controlPlaneEndpoint: string;
  egress: Egress;
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
      '--control-plane-endpoint <host>',
      'address or DNS name at which nodes reach the hub and what runs beside it; put into certificates, too',
      parseHost,
      '127.0.0.1',
    )
    .addOption(
      new Option('--egress <way>', 'how the hub reaches nodes; those that join are told')
        .choices(EGRESSES)
        .default('direct'),
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
        endpointHost: flags.controlPlaneEndpoint,
        egress: flags.egress,
        natsAddress: flags.natsBindAddress,
        nodes: flags.node,
        clock,
      });
      print(`${layout.adminKubeconfig}\n`);
    });
}
