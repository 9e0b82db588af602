import { afterEach, beforeEach, expect, test } from 'bun:test';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { supervisePrograms } from './supervise-programs.ts';

let directory: string;
let stop: AbortController;
let reports: string[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hawser-supervise-'));
  stop = new AbortController();
  reports = [];
  appendFileSync(journal(), '');
});
afterEach(() => {
  stop.abort();
  rmSync(directory, { recursive: true });
});

const journal = () => join(directory, 'journal');
const said = () => readFileSync(journal(), 'utf8').split('\n').filter(Boolean);
/** A program that writes what it does into the journal. */
const program = (name: string, script: string) => ({
  name,
  argv: ['sh', '-c', script.replaceAll('SAY', `>>'${journal()}' echo ${name}`)],
});
const lasting = (name: string) =>
  program(name, "trap 'SAY stops; exit 0' TERM; SAY starts; while :; do sleep 0.02; done");

const supervise = (...programs: ReturnType<typeof program>[]) =>
  supervisePrograms({ programs, report: (line) => reports.push(line), stopMs: 300 }, stop.signal);

async function until(isSo: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 5_000; !isSo(); await Bun.sleep(5))
    if (Date.now() > deadline) throw new Error(`${said()} ${reports}`);
}

test('programs run until they are to stop, and stop one after the other', async () => {
  const running = supervise(lasting('a'), lasting('b'));
  await until(() => said().length === 2);
  stop.abort();
  await running;
  expect(said().slice(2)).toEqual(['a stops', 'b stops']);
});

test('a program that ends is started again, and that is said', async () => {
  const running = supervise(program('a', 'SAY; exit 3'));
  await until(() => said().length === 2);
  stop.abort();
  await running;
  expect(reports[0]).toMatch(/^a ended \(exit code 3\), starting it again in 0\.\d s$/);
});

test('a program that does not stop is killed', async () => {
  const running = supervise(program('a', "trap '' TERM; SAY; while :; do sleep 0.02; done"));
  await until(() => said().length === 1);
  stop.abort();
  await running;
});

test('a program that does not take its flags ends the others', async () => {
  const running = supervise(lasting('a'), program('b', 'sleep 0.2; exit 2'));
  await expect(running).rejects.toThrow('b does not take its command line');
  expect(said()).toEqual(['a starts', 'a stops']);
});

test('a program that is not there ends the others', async () => {
  const running = supervise(lasting('a'), { name: 'b', argv: [join(directory, 'nothing')] });
  await expect(running).rejects.toThrow('b cannot be started: there is no executable');
});
