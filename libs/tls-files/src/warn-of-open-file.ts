import { statSync } from 'node:fs';
import type { Logger } from '@hawser/observability';

/**
 * Says at start, among what is weakened, that a file with a key can be read by others. It is not refused: upstream does
 * not look, and files that a Secret is mounted as are open to their group for a reason.
 */
export function warnOfOpenFile(path: string, logger: Logger): void {
  const { mode } = statSync(path);
  if ((mode & 0o077) === 0) return;
  const permissions = (mode & 0o777).toString(8).padStart(4, '0');
  logger.warn({ path, permissions }, 'weakened: a private key must not be accessible by others');
}
