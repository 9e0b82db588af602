interface LogLine {
  level: string;
  time: string;
  msg: string;
  [key: string]: unknown;
}

const MAX_LENGTH = 200;
/** In every line and of no interest on a terminal that shows one machine. */
const HIDDEN = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'component']);
/** `[4242] 2026/01/01 00:00:00.000000 [INF] text`, as nats-server writes. */
const NATS_LINE = /^\[\d+\] \S+ (\d\d:\d\d:\d\d)\S* \[(\w+)\] (.*)$/;

/** A log line in a form for people, and the message in it, by which lines are told to be alike. */
export interface ShortLine {
  readonly text: string;
  readonly message: string;
}

/**
 * The time of day, the level unless it is `info`, the message, its values. Undefined for lines that only the log
 * file needs to have.
 */
export function shortLine(line: string): ShortLine | undefined {
  const nats = NATS_LINE.exec(line);
  if (nats) return shortNatsLine(nats);
  const parsed = parseLine(line);
  if (!parsed) return { text: line, message: line };
  const { level, time, msg } = parsed;
  if (level === 'debug' || level === 'trace') return undefined;
  const values = Object.entries(parsed)
    .filter(([key]) => !HIDDEN.has(key))
    .map(([key, value]) => `${key}=${describe(value)}`);
  const words = [time.slice(11, 19), ...(level === 'info' ? [] : [level.toUpperCase()]), msg, ...values];
  return { text: truncate(words.join(' ')), message: msg };
}

/** All that nats-server says in good times is that it is ready. */
function shortNatsLine([, time, level, message = '']: RegExpExecArray): ShortLine | undefined {
  return level === 'INF' && !message.includes('ready') ? undefined : { text: `${time} ${message}`, message };
}

const truncate = (text: string): string =>
  text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;

function parseLine(line: string): LogLine | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(line) as Partial<LogLine>;
    return typeof value.msg === 'string' && typeof value.time === 'string'
      ? ({ level: 'info', ...value } as LogLine)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Errors come as objects with a stack; their message says enough. */
function describe(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value !== null && typeof value === 'object' && 'message' in value) return String(value.message);
  return JSON.stringify(value);
}
