import { excerpt } from '../status/excerpt.ts';

interface Level {
  /** The keys seen so far; undefined in a list. */
  readonly keys: Set<string> | undefined;
  /** Where the level is: the key or index in its parent. */
  readonly at: string;
  /** The key whose value is being read. */
  key: string;
  /** The position in a list. */
  index: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;

/** After so many the client knows; each is named with its path. */
const MAX_REPEATS = 1_000;
const MAX_PATH = 1_024;

/**
 * The fields that stand more than once in an object of a JSON text, which `JSON.parse` lets pass: the last one
 * counts. Each is said as upstream does, `duplicate field "spec.x"` (sigs.k8s.io/json).
 * @param json a text that `JSON.parse` has taken.
 */
export function duplicateFields(json: string): string[] {
  const found = new Set<string>();
  const levels: Level[] = [];
  let [start, end] = [0, 0];
  let repeats = 0;
  for (let at = 0; at < json.length; at += 1) {
    const character = json.charCodeAt(at);
    const level = levels[levels.length - 1];
    if (character === QUOTE) {
      [start, end] = [at, endOfString(json, at)];
      at = end;
    } else if (character === COLON) {
      level!.key = unquote(json.slice(start, end + 1));
      if (level!.keys!.has(level!.key)) {
        found.add(`duplicate field ${JSON.stringify(pathOf(levels))}`);
        repeats += 1;
        if (repeats === MAX_REPEATS) break;
      }
      level!.keys!.add(level!.key);
    } else if (character === COMMA) level!.index += 1;
    else if (character === 0x7b) levels.push(openLevel(new Set(), level));
    else if (character === 0x5b) levels.push(openLevel(undefined, level));
    else if (character === 0x7d || character === 0x5d) levels.pop();
  }
  return [...found];
}

/** The position of the quote that ends the string which begins at `start`. */
function endOfString(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at += 1) {
    const character = json.charCodeAt(at);
    if (character === BACKSLASH) at += 1;
    else if (character === QUOTE) return at;
  }
  return json.length;
}

/** Few keys have escapes; the others need no parser. */
function unquote(text: string): string {
  return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);
}

function openLevel(keys: Set<string> | undefined, parent: Level | undefined): Level {
  const at = parent === undefined ? '' : parent.keys === undefined ? `[${parent.index}]` : `.${parent.key}`;
  return { keys, at, key: '', index: 0 };
}

/** The beginning of the path, where it is longer than anybody reads: it is made of the client's own keys. */
function pathOf(levels: readonly Level[]): string {
  let path = '';
  for (const { at } of levels) {
    path += at;
    if (path.length > MAX_PATH) return excerpt(fromRoot(path), MAX_PATH);
  }
  return excerpt(fromRoot(`${path}.${levels[levels.length - 1]!.key}`), MAX_PATH);
}

const fromRoot = (path: string) => (path.startsWith('.') ? path.slice(1) : path);
