import { pageNotFound } from '@hawser/api';
import { type Answer, text } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';

/** A check passes or throws. */
export type HealthChecks = Readonly<Record<string, () => void | Promise<void>>>;

/**
 * `/healthz`, `/livez`, `/readyz` and the single checks below them (apiserver/pkg/server/healthz): `ok`, or 500
 * with a line a check; `?verbose` shows the lines of a success too, `?exclude=` leaves checks out.
 */
export async function routeHealth(
  checks: HealthChecks,
  context: RequestContext,
  root: string,
): Promise<Answer> {
  const { path, query } = context.info;
  const single = path
    .split('/')
    .filter((segment) => segment !== '')
    .slice(1)
    .join('/');
  if (single !== '') {
    const check = Object.hasOwn(checks, single) ? checks[single] : undefined;
    if (check === undefined) throw pageNotFound();
    return (await passes(check)) ? text(200, 'ok') : text(500, `${root} check failed: ${single}\n`);
  }
  const excluded = new Set(query.getAll('exclude'));
  const lines: string[] = [];
  let failed = false;
  for (const [name, check] of Object.entries(checks)) {
    const passed = excluded.has(name) || (await passes(check));
    failed ||= !passed;
    lines.push(
      passed
        ? `[+]${name} ${excluded.has(name) ? 'excluded: ' : ''}ok`
        : `[-]${name} failed: reason withheld`,
    );
  }
  if (failed) return text(500, `${lines.join('\n')}\n${root} check failed\n`);
  return text(200, query.has('verbose') ? `${lines.join('\n')}\n${root} check passed\n` : 'ok');
}

async function passes(check: () => void | Promise<void>): Promise<boolean> {
  try {
    await check();
    return true;
  } catch {
    return false;
  }
}
