import type { Egress, EgressContext } from './egress.ts';
import type { SshSettings } from './ssh-settings.ts';

/**
 * Opens tunnels to the sshd of each node.
 * @throws Error when the key cannot be read.
 */
export async function openSshEgress(_settings: SshSettings, _context: EgressContext): Promise<Egress> {
  throw new Error('--ssh-user: this hub is built without SSH tunnels');
}
