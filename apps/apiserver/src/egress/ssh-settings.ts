import type { ApiServerOptions } from '../options.ts';

/** How the hub logs in to nodes. */
export interface SshSettings {
  readonly user: string;
  /** The private key's file. */
  readonly keyfile: string;
  readonly port: number;
  /** Host keys that are believed besides those that nodes published. */
  readonly knownHostsFile?: string;
}

export type SshFlags = Pick<ApiServerOptions, 'sshUser' | 'sshKeyfile' | 'sshPort' | 'sshKnownHostsFile'>;

const SSH_PORT = 22;

/**
 * What the flags for SSH say together.
 * @param faults receives a line for each that contradicts the others.
 * @returns undefined where SSH is not asked for.
 */
export function sshSettings(flags: SshFlags, faults: string[]): SshSettings | undefined {
  const { sshUser: user, sshKeyfile: keyfile, sshPort: port = SSH_PORT, sshKnownHostsFile } = flags;
  if (user !== undefined && keyfile !== undefined) {
    if (user === '') faults.push('--ssh-user is empty: name the user that the hub logs in as on every node');
    if (keyfile === '') faults.push('--ssh-keyfile is empty: name the file of the private key');
    if (sshKnownHostsFile === '')
      faults.push('--ssh-known-hosts-file is empty: leave it out, or name the file');
    if (port < 1 || port > 65_535)
      faults.push(`invalid value "${port}" for --ssh-port: expected a port from 1 to 65535`);
    return { user, keyfile, port, ...(sshKnownHostsFile && { knownHostsFile: sshKnownHostsFile }) };
  }
  if (user !== undefined)
    faults.push(
      '--ssh-user without --ssh-keyfile: the hub logs in to nodes by public key and by nothing else',
    );
  if (keyfile !== undefined)
    faults.push('--ssh-keyfile without --ssh-user: whom the hub is to log in as is not said');
  if (user === undefined && keyfile === undefined)
    for (const [name, value] of Object.entries({
      port: flags.sshPort,
      'known-hosts-file': sshKnownHostsFile,
    }))
      if (value !== undefined)
        faults.push(`--ssh-${name} without --ssh-user: there are no SSH tunnels that it could be for`);
  return undefined;
}
