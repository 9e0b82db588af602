import type { RemoteCommandOptions } from '@hawser/streams';

/** A request whose answer is streams, by its path and query. */
export interface StreamRequest {
  readonly kind: 'exec' | 'attach' | 'portForward';
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string | undefined;
  /** Empty for portForward. */
  readonly container: string;
  readonly command: readonly string[];
  readonly streams: RemoteCommandOptions;
}

/** Reads upstream's paths, `/exec/NAMESPACE/POD[/UID]/CONTAINER` and the like. @returns undefined for any other. */
export function parseStreamRequest({ pathname, searchParams }: URL): StreamRequest | undefined {
  const [, kind, ...encoded] = pathname.split('/');
  const words = decodeAll(encoded);
  if (words === undefined || words.includes('')) return undefined;
  const command = searchParams.getAll('command');
  const streams = streamsOf(searchParams);
  const [namespace = '', pod = '', ...rest] = words;
  if (kind === 'portForward' && (words.length === 2 || words.length === 3))
    return { kind, namespace, pod, uid: rest[0], container: '', command, streams };
  if ((kind !== 'exec' && kind !== 'attach') || (words.length !== 3 && words.length !== 4)) return undefined;
  const [uid, container] = rest.length === 2 ? rest : [undefined, rest[0]];
  return { kind, namespace, pod, uid, container: container!, command, streams };
}

/** Upstream's parameters; with a terminal there is no standard error. */
function streamsOf(query: URLSearchParams): RemoteCommandOptions {
  const [stdin, stdout, stderr, tty] = ['input', 'output', 'error', 'tty'].map(
    (name) => query.get(name) === '1',
  );
  return { stdin: stdin!, stdout: stdout!, stderr: stderr! && !tty, tty: tty! };
}

function decodeAll(words: readonly string[]): string[] | undefined {
  try {
    return words.map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
