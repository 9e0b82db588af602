import { type Header, STATIC_TABLE } from './static-table.ts';

/** Headers that nobody on the way may keep in a table (RFC 7541, section 7.1.3). */
const SECRET = new Set(['authorization', 'cookie', 'proxy-authorization']);

const INDEX_OF_NAME = new Map<string, number>();
const INDEX_OF_HEADER = new Map<string, number>();
for (const [at, [name, value]] of STATIC_TABLE.entries()) {
  if (!INDEX_OF_NAME.has(name)) INDEX_OF_NAME.set(name, at + 1);
  INDEX_OF_HEADER.set(`${name}=${value}`, at + 1);
}

/**
 * Writes a header block (RFC 7541) that needs nothing of the blocks before it: static indexes and literals. A stream
 * of ours has one block and lives for long, so that compression would gain nothing.
 */
export function encodeHeaders(headers: readonly Header[]): Buffer {
  return Buffer.concat(headers.flatMap(encodeHeader));
}

function encodeHeader([name, value]: Header): Buffer[] {
  const whole = INDEX_OF_HEADER.get(`${name}=${value}`);
  if (whole !== undefined) return [integer(0x80, 7, whole)];
  const kind = SECRET.has(name) ? 0x10 : 0;
  const index = INDEX_OF_NAME.get(name);
  const named = index === undefined ? [integer(kind, 4, 0), ...string(name)] : [integer(kind, 4, index)];
  return [...named, ...string(value)];
}

function string(text: string): Buffer[] {
  const bytes = Buffer.from(text, 'latin1');
  return [integer(0, 7, bytes.length), bytes];
}

function integer(kind: number, prefixBits: number, value: number): Buffer {
  const mask = 2 ** prefixBits - 1;
  if (value < mask) return Buffer.of(kind | value);
  const bytes = [kind | mask];
  let rest = value - mask;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
