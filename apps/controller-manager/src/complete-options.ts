import { natsTarget } from '@hawser/audit-nats';
import { FlagError } from '@hawser/config';
import { signerFiles } from './certificates/signing-flags.ts';
import type { ControllerManagerFlags, ControllerManagerOptions } from './options.ts';

/** Reads what the table cannot, and checks what contradicts. @throws FlagError with every fault. */
export function completeOptions(flags: ControllerManagerFlags): ControllerManagerOptions {
  const faults: string[] = [];
  const options = { ...flags, signers: signerFiles(flags, faults), nats: natsTarget(flags, faults) };
  if (flags.clusterSigningDuration <= 0)
    faults.push('invalid value for --cluster-signing-duration: must be more than 0');
  if (flags.natsUrl !== undefined && flags.dataDir === undefined)
    faults.push('--nats-url needs --data-dir, where events wait');
  if (faults.length > 0) throw new FlagError(faults);
  return options;
}

/** What weakens the controller manager, for the log. */
export function weakenedSettings({ allowLoopbackNodes }: ControllerManagerOptions): string[] {
  return allowLoopbackNodes ? ["--allow-loopback-nodes: loopback addresses are certified as nodes'"] : [];
}
