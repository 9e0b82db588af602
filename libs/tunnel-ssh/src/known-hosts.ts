import { createHmac, timingSafeEqual } from 'node:crypto';
import { type HostKey, HostKeyFormatError, parseHostKey } from './host-key.ts';

/** A line of the file that could not be used, and is passed over as OpenSSH does. */
export interface KnownHostsFault {
  readonly line: number;
  readonly reason: string;
}

/** What the file says of one host. */
export interface KnownHost {
  readonly keys: readonly HostKey[];
  /** Keys that are never to be believed, for this host. */
  readonly revoked: readonly HostKey[];
  /** Why keys that are listed for it cannot be used; where there is no other, nothing is believed in their place. */
  readonly unusable: readonly string[];
  /** Whether a certificate authority is to vouch for it. */
  readonly hasAuthority: boolean;
}

interface Entry {
  readonly marker: '@revoked' | '@cert-authority' | undefined;
  readonly matches: (name: string) => boolean;
  readonly key: HostKey | HostKeyFormatError;
}

const SSH_PORT = 22;

/** Host keys as OpenSSH's known_hosts lists them (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export class KnownHosts {
  private constructor(
    private readonly entries: readonly Entry[],
    readonly faults: readonly KnownHostsFault[],
  ) {}

  /** Reads a file's text; lines that are no entries are among the `faults`. */
  static parse(text: string): KnownHosts {
    const entries: Entry[] = [];
    const faults: KnownHostsFault[] = [];
    for (const [index, line] of text.split('\n').entries()) {
      const words = line.trim();
      if (words === '' || words.startsWith('#')) continue;
      try {
        const entry = parseEntry(words);
        entries.push(entry);
        if (entry.key instanceof HostKeyFormatError) throw entry.key;
      } catch (error) {
        if (!(error instanceof HostKeyFormatError)) throw error;
        faults.push({ line: index + 1, reason: error.message });
      }
    }
    return new KnownHosts(entries, faults);
  }

  /**
   * What the file says of a host under any of its names.
   * @param port another than 22 is part of the names: `[10.0.0.1]:2222`. A key of port 22 is not one of port 2222,
   *   whereas OpenSSH falls back to it.
   */
  find(names: readonly string[], port: number): KnownHost {
    const spellings = names.map((name) => hostSpelling(name.toLowerCase(), port));
    const found = this.entries.filter(({ matches }) => spellings.some(matches));
    const keysOf = (marker: Entry['marker']) =>
      found.filter((entry) => entry.marker === marker).map(({ key }) => key);
    return {
      keys: keysOf(undefined).filter(isUsable),
      revoked: keysOf('@revoked').filter(isUsable),
      unusable: keysOf(undefined).flatMap((key) => (key instanceof HostKeyFormatError ? [key.message] : [])),
      hasAuthority: found.some(({ marker }) => marker === '@cert-authority'),
    };
  }
}

const isUsable = (key: Entry['key']): key is HostKey => !(key instanceof HostKeyFormatError);

const hostSpelling = (name: string, port: number) => (port === SSH_PORT ? name : `[${name}]:${port}`);

function parseEntry(line: string): Entry {
  const words = line.split(/[ \t]+/);
  const marker = words[0]!.startsWith('@') ? words.shift() : undefined;
  if (marker !== undefined && marker !== '@revoked' && marker !== '@cert-authority')
    throw new HostKeyFormatError(`unknown marker ${marker}`);
  const [hosts, type, base64] = words;
  if (hosts === undefined || type === undefined || base64 === undefined)
    throw new HostKeyFormatError('expected host names, a key type and a key');
  return { marker, matches: hostMatcher(hosts), key: keyOf(type, base64) };
}

function keyOf(type: string, base64: string): Entry['key'] {
  try {
    return parseHostKey(type, base64);
  } catch (error) {
    if (error instanceof HostKeyFormatError) return error;
    throw error;
  }
}

/** Whether a host is meant: by a hash of its name, or by patterns of which none that matches is negated. */
function hostMatcher(hosts: string): (name: string) => boolean {
  if (hosts.startsWith('|')) return hashMatcher(hosts);
  const patterns = hosts.toLowerCase().split(',').filter(Boolean);
  const negated = patterns
    .filter((pattern) => pattern.startsWith('!'))
    .map((p) => patternMatcher(p.slice(1)));
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!')).map(patternMatcher);
  return (name) => wanted.some((matches) => matches(name)) && !negated.some((matches) => matches(name));
}

/** `|1|salt|hash`: HMAC-SHA1 of the name, by the salt. */
function hashMatcher(hosts: string): (name: string) => boolean {
  const match = /^\|1\|([A-Za-z0-9+/]+=*)\|([A-Za-z0-9+/]+=*)$/.exec(hosts);
  if (match === null) throw new HostKeyFormatError('the hashed host name is malformed');
  const [salt, hash] = [Buffer.from(match[1]!, 'base64'), Buffer.from(match[2]!, 'base64')];
  return (name) => {
    const digest = createHmac('sha1', salt).update(name).digest();
    return digest.length === hash.length && timingSafeEqual(digest, hash);
  };
}

/** `*` stands for any characters, `?` for any one. */
function patternMatcher(pattern: string): (name: string) => boolean {
  if (!/[*?]/.test(pattern)) return (name) => name === pattern;
  return (name) => matchesGlob(pattern, name);
}

/** Goes back to the last star only, so that no pattern takes longer than pattern times name. */
function matchesGlob(pattern: string, name: string): boolean {
  let [p, n, star, mark] = [0, 0, -1, 0];
  while (n < name.length) {
    if (pattern[p] === '*') {
      star = p++;
      mark = n;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === name[n])) {
      p += 1;
      n += 1;
    } else if (star >= 0) {
      p = star + 1;
      mark += 1;
      n = mark;
    } else return false;
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}
