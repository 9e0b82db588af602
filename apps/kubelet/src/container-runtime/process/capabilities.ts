import { UnsupportedSettingError } from '../errors.ts';

/** Linux capabilities in the order of their numbers (linux/capability.h). */
const NAMES = (
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE ' +
  'NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT ' +
  'SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE ' +
  'AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ ' +
  'PERFMON BPF CHECKPOINT_RESTORE'
).split(' ');

/**
 * What a root container may do unless it says otherwise: the set that container engines grant, without
 * NET_RAW, MKNOD and AUDIT_WRITE, since every container here shares the node's network and devices.
 */
const DEFAULTS = [
  ...['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'NET_BIND_SERVICE'],
  ...['SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'],
];

/**
 * The capabilities of a container that asks for `add` and `drop`, by name and in order. `ALL` in either stands
 * for all of them; what is named in `add` survives a `drop: [ALL]`, as in the engines.
 * @throws UnsupportedSettingError for a name that is no capability.
 */
export function resolveCapabilities(add: readonly string[] = [], drop: readonly string[] = []): string[] {
  const added = add.map(normalize);
  const dropped = drop.map(normalize);
  for (const name of [...added, ...dropped])
    if (name !== 'ALL' && !NAMES.includes(name))
      throw new UnsupportedSettingError(`unknown capability "${name}"`);
  const base = added.includes('ALL') ? NAMES : dropped.includes('ALL') ? [] : DEFAULTS;
  return NAMES.filter((name) => (base.includes(name) && !dropped.includes(name)) || added.includes(name));
}

/** The numbers by which the kernel knows them. */
export function capabilityNumbers(names: readonly string[]): number[] {
  return names.map((name) => NAMES.indexOf(name));
}

function normalize(name: string): string {
  return name.toUpperCase().replace(/^CAP_/, '');
}
