import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { readInitSettings, writeInitSettings } from '../init/init-settings.ts';
import { EGRESSES, type Egress, initialize } from '../init/initialize.ts';
import { collectList, parseAddress, parseHost, parsePort } from './option-values.ts';

interface InitFlags {
  home: string;
  port: number;
  apiserverCertExtraSans?: readonly string[];
  controlPlaneEndpoint?: string;
  egress?: Egress;
  natsBindAddress?: string;
  node: readonly string[];
}

const AS_BEFORE = 'default as the last time, at first';

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
      `more DNS names and addresses by which the hub is reached (${AS_BEFORE} none)`,
      collectList,
    )
    .option(
      '--control-plane-endpoint <host>',
      `address or DNS name at which nodes reach the hub and what runs beside it; put into certificates, too (${AS_BEFORE} 127.0.0.1)`,
      parseHost,
    )
    .addOption(
      new Option(
        '--egress <way>',
        `how the hub reaches nodes; those that join are told (${AS_BEFORE} direct)`,
      ).choices(EGRESSES),
    )
    .option(
      '--nats-bind-address <address>',
      `where NATS listens; other machines reach it only at an address that is not loopback (${AS_BEFORE} 127.0.0.1)`,
      parseAddress,
    )
    .option('--node <names>', 'nodes to make directories and NATS client certificates for', collectList, [])
    .action((flags: InitFlags) => {
      const home = resolve(flags.home);
      const last = readInitSettings(home);
      const settings = {
        extraNames: flags.apiserverCertExtraSans ?? last.extraNames,
        endpointHost: flags.controlPlaneEndpoint ?? last.endpointHost,
        egress: flags.egress ?? last.egress,
        natsAddress: flags.natsBindAddress ?? last.natsAddress,
      };
      const layout = initialize({ home, port: flags.port, ...settings, nodes: flags.node, clock });
      writeInitSettings(home, settings);
      print(`${layout.adminKubeconfig}\n`);
    });
}
