import type { Duplex } from 'node:stream';

/** The head of an answer, and what came after it. */
export interface AnswerHead {
  readonly code: number;
  /** Lower-case names; lines of the same name are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly rest: Buffer;
}

/** Go's client takes in at most 1 MiB; no answer to an upgrade is near this. */
const MAX_HEAD_BYTES = 64 * 1024;
const MAX_BODY_BYTES = 64 * 1024;

/** So many interim answers Go's client passes over; without an end to them, they would keep the loop to themselves. */
const MAX_INTERIM = 5;

/**
 * Reads the head of an HTTP/1.1 answer from a raw connection. What follows may be of another protocol: it waits for
 * whoever listens next, as on a connection that nobody has read from. Interim answers other than 101 are passed over.
 * @throws Error when the connection ends before, or says something else.
 */
export function readAnswerHead(socket: Duplex): Promise<AnswerHead> {
  return readHead(socket, MAX_INTERIM);
}

async function readHead(socket: Duplex, interimLeft: number): Promise<AnswerHead> {
  const bytes = await readUntil(socket, Buffer.alloc(0), (all) => {
    if (all.indexOf('\r\n\r\n') !== -1) return true;
    if (all.length > MAX_HEAD_BYTES) throw new Error('the head of the answer is too long');
    return false;
  });
  return parseHead(socket, bytes, interimLeft);
}

async function parseHead(socket: Duplex, bytes: Buffer, interimLeft: number): Promise<AnswerHead> {
  const end = bytes.indexOf('\r\n\r\n');
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const code = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1]);
  if (!(code >= 100)) throw new Error('the answer is no HTTP/1.1');
  const rest = bytes.subarray(end + 4);
  if (code < 200 && code !== 101) {
    if (interimLeft === 0) throw new Error('too many 1xx informational responses');
    socket.unshift(rest);
    return readHead(socket, interimLeft - 1);
  }
  const headers: Record<string, string> = Object.create(null);
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) throw new Error('the answer has a faulty header');
    const [name, value] = [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  return { code, headers, rest };
}

/**
 * Reads the body of an answer, as far as it is needed to say what went wrong.
 * @returns at most 64 KiB; what there is when the connection is lost.
 */
export async function readAnswerBody(socket: Duplex, { headers, rest }: AnswerHead): Promise<Buffer> {
  const chunked = headers['transfer-encoding']?.toLowerCase().includes('chunked') === true;
  const length = chunked ? Number.NaN : Number(headers['content-length'] ?? Number.NaN);
  const whole = (all: Buffer) =>
    all.length >= MAX_BODY_BYTES || all.length >= length || (chunked && unchunk(all).whole);
  const raw = await readUntil(socket, rest, whole, true);
  const body = chunked ? unchunk(raw).body : raw;
  return body.subarray(0, Math.min(MAX_BODY_BYTES, Number.isNaN(length) ? MAX_BODY_BYTES : length));
}

/** Takes the chunks apart (RFC 9112, section 7.1). */
function unchunk(bytes: Buffer): { body: Buffer; whole: boolean } {
  const parts: Buffer[] = [];
  for (let from = 0; ; ) {
    const end = bytes.indexOf('\r\n', from);
    const size = Number.parseInt(bytes.subarray(from, end).toString('latin1'), 16);
    const begin = end + 2;
    if (end === -1 || !(size >= 0)) return { body: Buffer.concat(parts), whole: false };
    if (size === 0) return { body: Buffer.concat(parts), whole: true };
    parts.push(bytes.subarray(begin, begin + size));
    from = begin + size + 2;
    if (from > bytes.length) return { body: Buffer.concat(parts), whole: false };
  }
}

/**
 * Collects what comes until it is enough. It asks for what there is, and never lets the connection flow or pauses it:
 * a paused one would stay so when a client of another protocol begins to listen.
 * @param endIsEnough whether an early end is no error.
 */
function readUntil(
  socket: Duplex,
  first: Buffer,
  enough: (all: Buffer) => boolean,
  endIsEnough = false,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let all = first;
    const settle = (act: () => void) => {
      socket.off('readable', onReadable).off('end', onEnd).off('close', onEnd).off('error', onError);
      act();
    };
    const check = () => {
      try {
        if (enough(all)) settle(() => resolve(all));
      } catch (error) {
        settle(() => reject(error as Error));
      }
    };
    const onReadable = () => {
      const chunk: Buffer | null = socket.read();
      if (chunk === null) return;
      all = Buffer.concat([all, chunk]);
      check();
    };
    const onError = (error: Error) => settle(() => (endIsEnough ? resolve(all) : reject(error)));
    const onEnd = () => onError(new Error('the connection ended before the answer was whole'));
    socket.on('readable', onReadable).on('end', onEnd).on('close', onEnd).on('error', onError);
    check();
    if (socket.destroyed || socket.readableEnded) onEnd();
  });
}
