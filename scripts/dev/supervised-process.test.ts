import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from './process-identity.ts';
import { superviseProcess } from './supervised-process.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hawser-supervise-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Supervises a shell script until `until` matches what was printed. */
async function supervise(script: string, until: RegExp) {
  const stop = new AbortController();
  const printed: string[] = [];
  await superviseProcess({
    argv: ['sh', '-c', script],
    logFile: join(directory, 'logs/service.log'),
    print: (line) => {
      printed.push(line);
      if (until.test(printed.join('\n'))) stop.abort();
    },
    signal: stop.signal,
  });
  return { printed, log: readFileSync(join(directory, 'logs/service.log'), 'utf8') };
}

describe('a supervised process', () => {
  test('that ends by itself is started again, and how it ended is said', async () => {
    const { printed, log } = await supervise('echo "begin $$" >&2; exit 3', /begin[\s\S]*begin/);
    expect(printed[1]).toMatch(/^ended \(exit code 3\), starting it again in 0\.\d s; its log is /);
    expect(log).toMatch(/^begin \d+\nbegin \d+\n$/);
  });

  test('is asked to stop, and what it says on its way is kept', async () => {
    const { log } = await supervise(
      "trap 'echo bye; exit' TERM; echo up; while :; do sleep 0.05; done",
      /up/,
    );
    expect(log).toBe('up\nbye\n');
  });

  test('does not outlive a supervisor that is killed', async () => {
    const child = join(import.meta.dir, 'supervised-process.ts');
    const options = `{argv:['sh','-c','echo $$; exec sleep 1000'],logFile:'${directory}/log',print:console.log,signal:new AbortController().signal}`;
    const supervisor = Bun.spawn(
      [
        process.execPath,
        '-e',
        `import { superviseProcess } from '${child}'; await superviseProcess(${options});`,
      ],
      { stdout: 'pipe' },
    );
    const { value } = await supervisor.stdout.getReader().read();
    const pid = Number(new TextDecoder().decode(value));
    expect(isAlive(pid)).toBe(true);
    supervisor.kill('SIGKILL');
    while (isAlive(pid)) await Bun.sleep(5);
  });
});
