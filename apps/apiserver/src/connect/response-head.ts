import type { Duplex } from 'node:stream';

/** Go's default for a whole head is 1 MiB (`http.DefaultMaxHeaderBytes`); nobody we ask needs so much. */
const MAX_HEAD_BYTES = 64 * 1024;

/** The head of an HTTP/1.1 response. */
export interface ResponseHead {
  readonly code: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** What came behind it. */
  readonly rest: Buffer;
}

export class ResponseHeadError extends Error {
  override name = 'ResponseHeadError';
}

/**
 * Reads the head of a response from a connection, past those that announce another (1xx but 101), and leaves the
 * connection paused behind it.
 * @throws ResponseHeadError when the peer sends none, or something else.
 */
export async function readResponseHead(stream: Duplex): Promise<ResponseHead> {
  let bytes: Buffer = Buffer.alloc(0);
  for (;;) {
    const end = bytes.indexOf('\r\n\r\n');
    if (end !== -1) {
      const { code, headers } = parseHead(bytes.toString('latin1', 0, end));
      bytes = bytes.subarray(end + 4);
      if (code === 101 || code >= 200) return { code, headers, rest: bytes };
      continue;
    }
    if (bytes.length > MAX_HEAD_BYTES) throw new ResponseHeadError('the head of the response is too large');
    bytes = Buffer.concat([bytes, await nextChunk(stream)]);
  }
}

function nextChunk(stream: Duplex): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const onData = (chunk: Buffer) => {
      stop();
      stream.pause();
      resolve(chunk);
    };
    const onGone = () => {
      stop();
      reject(new ResponseHeadError('the connection was closed before the response'));
    };
    const stop = () => void stream.off('data', onData).off('end', onGone).off('close', onGone);
    if (stream.destroyed || stream.readableEnded) return onGone();
    stream.on('data', onData).on('end', onGone).on('close', onGone);
    stream.resume();
  });
}

const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})(?: |$)/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\0\r\n]*?)[ \t]*$/;

function parseHead(text: string): Pick<ResponseHead, 'code' | 'headers'> {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const status = STATUS_LINE.exec(statusLine);
  if (status === null) throw new ResponseHeadError('malformed HTTP response');
  const headers = lines.map((line): readonly [string, string] => {
    const header = HEADER_LINE.exec(line);
    if (header === null) throw new ResponseHeadError('malformed header in the response');
    return [header[1]!, header[2]!];
  });
  return { code: Number(status[1]), headers };
}

/** The value of a header, in whatever case its name came. */
export function headerOf({ headers }: Pick<ResponseHead, 'headers'>, name: string): string | undefined {
  return headers.find(([found]) => found.toLowerCase() === name)?.[1];
}
