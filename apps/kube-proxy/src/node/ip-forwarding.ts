import { readFileSync, writeFileSync } from 'node:fs';
import type { Logger } from '@hawser/observability';

const SETTING = '/proc/sys/net/ipv4/ip_forward';

/**
 * Has this network namespace pass on packets that are not for itself: without, what comes to it for a virtual IP or a
 * node port gets no further than the endpoints that are its own. It is not taken back at exit: pods need it, too.
 */
export function ensureIpForwarding(logger: Logger, path = SETTING): void {
  try {
    if (readFileSync(path, 'utf8').trim() === '1') return;
    writeFileSync(path, '1');
    logger.info({ setting: path }, 'packets for others are passed on from now on');
  } catch (error) {
    logger.warn(
      { error },
      'packets for others are not passed on: virtual IPs lead to endpoints of this node only, but for its own processes',
    );
  }
}
