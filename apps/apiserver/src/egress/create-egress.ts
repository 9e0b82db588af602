import { type Dialer, DirectDialer } from '@hawser/dial';
import type { Egress, EgressContext } from './egress.ts';
import { openKonnectivityEgress } from './konnectivity-egress.ts';
import type { EgressPlan } from './plan-egress.ts';

/**
 * Opens the way to nodes, pods and services that was planned, once: all who reach there are given its dialer.
 * @throws Error when what it needs, such as keys, cannot be read.
 */
export async function createEgress(plan: EgressPlan, context: EgressContext): Promise<Egress> {
  const egress = await open(plan, context);
  context.logger.info({ ...egress.description }, 'egress: the way to nodes, pods and services');
  return egress;
}

async function open(plan: EgressPlan, context: EgressContext): Promise<Egress> {
  switch (plan.way) {
    case 'SSH':
      // Loaded only where it is used: ssh2 would be a tenth of an idle hub's memory.
      return (await import('./ssh-egress.ts')).openSshEgress(plan.ssh, context);
    case 'Konnectivity':
      return openKonnectivityEgress(plan.connection, context);
    case 'Direct':
      return openDirectEgress();
  }
}

/**
 * The way to identity providers, which are neither nodes nor pods nor services: upstream reaches them directly, too,
 * unless an AuthenticationConfiguration says that they are in the cluster.
 */
export const issuerDialer = (): Dialer => new DirectDialer();

async function openDirectEgress(): Promise<Egress> {
  return {
    dialer: new DirectDialer(),
    description: { protocol: 'Direct' },
    [Symbol.asyncDispose]: async () => {},
  };
}
