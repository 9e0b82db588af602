import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { Answer } from './answer.ts';

const gzipped = promisify(gzip);

/** What is smaller is sent as it is (apiserver/pkg/endpoints/handlers/responsewriters). */
const MIN_BYTES = 128 * 1024;

/** Whether an answer is large, and its client takes gzip. */
export function isWorthCompressing({ headers }: IncomingMessage, { body }: Answer): boolean {
  return body.length > MIN_BYTES && takesGzip(headers['accept-encoding']);
}

/** An answer compressed, on another thread. */
export async function compress(answer: Answer): Promise<Answer> {
  const { body, headers = {} } = answer;
  const compressed = await gzipped(body, { level: constants.Z_BEST_SPEED });
  const vary = headers['Vary'] === undefined ? 'Accept-Encoding' : `${headers['Vary']}, Accept-Encoding`;
  return { ...answer, body: compressed, headers: { ...headers, 'Content-Encoding': 'gzip', Vary: vary } };
}

/** Upstream takes no encoding with a preference for it. */
function takesGzip(acceptEncoding: string | string[] | undefined): boolean {
  return String(acceptEncoding ?? '')
    .split(',')
    .some((token) => token.trim() === 'gzip');
}
