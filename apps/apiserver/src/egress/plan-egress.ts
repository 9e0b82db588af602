import { fieldErrorMessage } from '@hawser/api';
import { FlagError } from '@hawser/config';
import type { ApiServerOptions } from '../options.ts';
import type { Connection, EgressSelectorConfiguration } from './egress-selector-configuration.ts';
import {
  EgressConfigurationError,
  readEgressSelectorConfiguration,
} from './read-egress-selector-configuration.ts';
import { type SshFlags, type SshSettings, sshSettings } from './ssh-settings.ts';
import { nameOf, validateEgressSelectorConfiguration } from './validate-egress-selector-configuration.ts';

/** The way that is to be taken to nodes, pods and services; there is one. */
export type EgressPlan =
  | { readonly way: 'Direct' }
  | { readonly way: 'SSH'; readonly ssh: SshSettings }
  | { readonly way: 'Konnectivity'; readonly connection: Connection };

export type EgressFlags = SshFlags & Pick<ApiServerOptions, 'egressSelectorConfigFile'>;

/**
 * What the flags for the egress and the file that one of them names say together.
 * @param warnings receives a line for what is deprecated or has no effect.
 * @throws FlagError where they are wrong or contradict each other, with every reason.
 */
export function planEgress(flags: EgressFlags, warnings: string[]): EgressPlan {
  const faults: string[] = [];
  const ssh = sshSettings(flags, faults);
  const configuration = configurationOf(flags.egressSelectorConfigFile, faults, warnings);
  const connection = configuration && clusterConnection(configuration, warnings);
  const tunnelled = connection !== undefined && connection.proxyProtocol !== 'Direct';
  if (tunnelled && (flags.sshUser ?? flags.sshKeyfile) !== undefined)
    faults.push(
      `--ssh-user and --egress-selector-config-file contradict each other: "cluster" is to be reached by ${connection.proxyProtocol}, and there is one way to nodes; leave out the one or the other`,
    );
  if (faults.length > 0) throw new FlagError(faults);
  if (tunnelled) return { way: 'Konnectivity', connection };
  return ssh === undefined ? { way: 'Direct' } : { way: 'SSH', ssh };
}

function configurationOf(
  path: string | undefined,
  faults: string[],
  warnings: string[],
): EgressSelectorConfiguration | undefined {
  if (path === undefined) return undefined;
  const fault = (why: string) => void faults.push(`--egress-selector-config-file ${path}: ${why}`);
  try {
    const configuration = readEgressSelectorConfiguration(path, warnings);
    const wrong = validateEgressSelectorConfiguration(configuration);
    for (const each of wrong)
      fault(`failed to validate egress selector configuration: ${fieldErrorMessage(each)}`);
    return wrong.length === 0 ? configuration : undefined;
  } catch (error) {
    if (!(error instanceof EgressConfigurationError)) throw error;
    fault(`failed to read egress selector config: ${error.message}`);
    return undefined;
  }
}

function clusterConnection(
  { egressSelections = [] }: EgressSelectorConfiguration,
  warnings: string[],
): Connection | undefined {
  const find = (wanted: string) => egressSelections.find(({ name }) => nameOf(name) === wanted)?.connection;
  const [cluster, controlplane] = [find('cluster'), find('controlplane')];
  if (cluster === undefined)
    warnings.push(
      'egressSelection "cluster" is absent: the egress selector configuration has no effect on how nodes, pods and services are reached',
    );
  if (controlplane !== undefined && controlplane.proxyProtocol !== 'Direct')
    warnings.push('egressSelection "controlplane" has no effect: the hub makes no connections of that kind');
  return cluster;
}
