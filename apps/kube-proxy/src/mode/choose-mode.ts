import type { Logger } from '@hawser/observability';

export type ProxyMode = 'nftables' | 'userspace' | 'none';

/** Tries a mode on this host: why it cannot be had, or undefined where it can. */
export type ModeProbe = () => Promise<string | undefined>;

/** The modes that need something of the host, best first. */
const MODES = ['nftables', 'userspace'] as const;

/**
 * Decides how virtual IPs are made to work: as asked for, or the first way that this host allows.
 * @param asked a mode, or `auto`.
 * @throws Error when the host does not allow what is asked for.
 */
export async function chooseMode(
  asked: string,
  probes: Readonly<Record<(typeof MODES)[number], ModeProbe>>,
  logger: Logger,
): Promise<ProxyMode> {
  for (const mode of MODES) {
    if (asked !== mode && asked !== 'auto') continue;
    const why = await probes[mode]();
    if (why === undefined) return mode;
    if (asked === mode) throw new Error(`--proxy-mode ${mode} is not possible here: ${why}`);
    logger.info({ mode, why }, 'this mode is not possible here');
  }
  return 'none';
}
