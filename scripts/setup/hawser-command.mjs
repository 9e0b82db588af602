import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binDirectory } from './tools-directory.mjs';

const SCRIPT = `#!/bin/sh
# The hawser command of this checkout.
bin=$(dirname "$(readlink -f "$0")")
exec "$bin/bun" "$bin/../../apps/cli/src/main.ts" "$@"
`;

/** Makes `.tools/bin/hawser`, so that the command can be typed without knowing of Bun. */
export function ensureHawserCommand() {
  const path = join(binDirectory, 'hawser');
  if (existsSync(path) && readFileSync(path, 'utf8') === SCRIPT) return;
  writeFileSync(path, SCRIPT, { mode: 0o755 });
}
