import { FlagError } from '@hawser/config';
import { DirectDialer } from '@hawser/dial';
import type { Egress, EgressContext } from './egress.ts';
import { openSshEgress } from './ssh-egress.ts';
import { type SshFlags, sshSettings } from './ssh-settings.ts';

/**
 * Picks the way towards nodes, pods and services, once, as the flags say: SSH, or straight.
 * @throws FlagError where they contradict each other, with every reason.
 */
export async function createEgress(flags: SshFlags, context: EgressContext): Promise<Egress> {
  const faults: string[] = [];
  const ssh = sshSettings(flags, faults);
  if (faults.length > 0) throw new FlagError(faults);
  const egress = ssh === undefined ? direct() : await openSshEgress(ssh, context);
  context.logger.info({ ...egress.description }, 'egress: the way to nodes, pods and services');
  return egress;
}

function direct(): Egress {
  return {
    dialer: new DirectDialer(),
    description: { protocol: 'Direct' },
    [Symbol.asyncDispose]: async () => {},
  };
}
