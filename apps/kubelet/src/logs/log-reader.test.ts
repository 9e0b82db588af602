import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCriRecord } from './cri-record.ts';
import { rotatedPath } from './log-files.ts';
import { type LogOptions, readLog } from './log-reader.ts';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'logs-'));
  path = join(directory, '0.log');
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A record of second `second` of an hour. */
function record(second: number, content: string, stream = 'stdout', tag = 'F'): string {
  const time = new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString().replace('Z', '000000Z');
  return `${time} ${stream} ${tag} ${content}\n`;
}

async function read(options: LogOptions = {}): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of readLog(path, options, () => false, AbortSignal.timeout(5000)))
    chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** What this process has read from files in its life (proc(5), `io`). */
function bytesReadByUs(): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'latin1'))![1]);
}

describe('a CRI record', () => {
  test('is read with its tag, and content that holds spaces or nothing', () => {
    const parse = (text: string) => {
      const found = parseCriRecord(Buffer.from(text));
      return found && { ...found, content: found.content.toString() };
    };
    const timestamp = '2026-01-02T03:04:05.123456789Z';
    const stream = 'stdout' as const;
    expect(parse(`${timestamp} stdout F a b  c`)).toEqual({
      timestamp,
      stream,
      partial: false,
      content: 'a b  c',
    });
    expect(parse(`${timestamp} stdout P x`)).toEqual({ timestamp, stream, partial: true, content: 'x' });
    expect(parse(`${timestamp} stdout F `)).toEqual({ timestamp, stream, partial: false, content: '' });
    for (const torn of ['', 'x', `${timestamp}`, `${timestamp} stdout`, `${timestamp} nowhere F x`])
      expect(parse(torn)).toBeUndefined();
  });
});

describe('reading a log', () => {
  test('gives what the container wrote, joined where lines were cut', async () => {
    writeFileSync(
      path,
      record(1, 'one') + record(2, 'tw', 'stdout', 'P') + record(3, 'o') + record(4, 'end', 'stdout', 'P'),
    );
    expect(await read()).toBe('one\ntwo\nend');
  });

  test('puts a timestamp before each line, not before each piece', async () => {
    writeFileSync(path, record(1, 'tw', 'stdout', 'P') + record(2, 'o'));
    expect(await read({ timestamps: true })).toBe('2026-01-01T00:00:01.000000000Z two\n');
  });

  test('tells the streams apart', async () => {
    writeFileSync(path, record(1, 'out') + record(2, 'err', 'stderr'));
    expect(await read({ stream: 'Stderr' })).toBe('err\n');
  });

  test('stops after limitBytes', async () => {
    writeFileSync(path, record(1, 'hello') + record(2, 'world'));
    expect(await read({ limitBytes: 8 })).toBe('hello\nwo');
  });

  test('is empty while there is no log', async () => {
    expect(await read({ tailLines: 3 })).toBe('');
  });
});

describe('the tail of a log', () => {
  const cases = [
    { tailLines: 0, expected: '' },
    { tailLines: 1, expected: 'l9\n' },
    { tailLines: 3, expected: 'l7\nl8\nl9\n' },
    { tailLines: 7, expected: 'l3\nl4\nl5\nl6\nl7\nl8\nl9\n' },
    { tailLines: 10, expected: 'l0\nl1\nl2\nl3\nl4\nl5\nl6\nl7\nl8\nl9\n' },
    { tailLines: 99, expected: 'l0\nl1\nl2\nl3\nl4\nl5\nl6\nl7\nl8\nl9\n' },
  ];
  for (const { tailLines, expected } of cases)
    test(`of ${tailLines} lines reaches over rotated files`, async () => {
      const lines = Array.from({ length: 10 }, (_, i) => record(i, `l${i}`));
      writeFileSync(rotatedPath(path, new Date('2026-01-01T00:00:03Z')), lines.slice(0, 4).join(''));
      writeFileSync(rotatedPath(path, new Date('2026-01-01T00:00:05Z')), lines.slice(4, 6).join(''));
      writeFileSync(path, lines.slice(6).join(''));
      expect(await read({ tailLines })).toBe(expected);
    });

  test('counts lines that were cut as one', async () => {
    const long = 'x'.repeat(16_384);
    writeFileSync(
      path,
      record(1, 'first') +
        record(2, long, 'stdout', 'P') +
        record(3, long, 'stdout', 'P') +
        record(4, 'y') +
        record(5, 'last'),
    );
    expect(await read({ tailLines: 2 })).toBe(`${long}${long}y\nlast\n`);
    writeFileSync(path, record(1, 'first') + record(2, 'unfinished', 'stdout', 'P'));
    expect(await read({ tailLines: 1 })).toBe('unfinished');
  });

  test('of a big file is found without reading the file', async () => {
    writeFileSync(path, record(1, 'x'.repeat(200)).repeat(100_000) + record(2, 'last'));
    const before = bytesReadByUs();
    expect(await read({ tailLines: 1 })).toBe('last\n');
    expect(bytesReadByUs() - before).toBeLessThan(1_000_000);
  });
});

describe('reading since a time', () => {
  test('begins at the first line that is not older, in a file of many blocks', async () => {
    const lines = Array.from({ length: 3000 }, (_, i) => record(i, `line-${i} ${'.'.repeat(100)}`));
    writeFileSync(path, lines.join(''));
    const output = await read({ since: new Date(Date.UTC(2026, 0, 1, 0, 0, 2500)) });
    expect(output.match(/line-\d+/g)).toEqual(
      Array.from({ length: 500 }, (_, i) => `line-${2500 + i}`) as never,
    );
  });
});

describe('following a log', () => {
  /** Collects what a follower reads until `stop` has been called. */
  function follow(options: LogOptions = {}) {
    let running = true;
    let text = '';
    const aborted = new AbortController();
    const done = (async () => {
      for await (const chunk of readLog(path, { follow: true, ...options }, () => running, aborted.signal))
        text += chunk.toString();
    })();
    const seen = async (wanted: string) => {
      for (let tries = 0; tries < 500 && !text.includes(wanted); tries += 1) await Bun.sleep(10);
      expect(text).toContain(wanted);
    };
    const end = () => {
      running = false;
    };
    return { seen, end, done, abort: () => aborted.abort(), text: () => text };
  }

  test('goes on over rotations, and ends with the container', async () => {
    writeFileSync(path, record(1, 'a'));
    const follower = follow();
    await follower.seen('a\n');
    appendFileSync(path, record(2, 'b'));
    await follower.seen('b\n');
    renameSync(path, rotatedPath(path, new Date('2026-01-01T00:00:02Z')));
    appendFileSync(rotatedPath(path, new Date('2026-01-01T00:00:02Z')), record(3, 'c'));
    writeFileSync(path, record(4, 'd'));
    await follower.seen('d\n');
    appendFileSync(path, record(5, 'e'));
    follower.end();
    await follower.done;
    expect(follower.text()).toBe('a\nb\nc\nd\ne\n');
  });

  test('waits for a log that is not there yet', async () => {
    const follower = follow({ tailLines: 5 });
    writeFileSync(path, record(1, 'born'));
    await follower.seen('born\n');
    follower.end();
    await follower.done;
  });

  test('ends when nobody listens any more', async () => {
    writeFileSync(path, record(1, 'a'));
    const follower = follow();
    await follower.seen('a\n');
    follower.abort();
    await follower.done;
  });
});
