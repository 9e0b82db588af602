import { BodySyntaxError, placeOf } from './body-syntax-error.ts';

/**
 * `JSON.parse`, whose own messages quote the text.
 * @throws BodySyntaxError that says where the text is no JSON.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new BodySyntaxError(`json: ${placeOfFault(text)}: invalid JSON`);
    throw new BodySyntaxError('json: exceeded max depth');
  }
}

const SPACE = /[ \t\n\r]*/y;
const SCALAR =
  /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Where a text stops being JSON. */
function placeOfFault(text: string): string {
  return text.trim() === '' ? 'unexpected end' : placeOf(text, faultOffset(text));
}

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or end' | 'nothing';

/** Reads token by token, without recursion; what it expects next depends on the innermost bracket only. */
function faultOffset(text: string): number {
  const open: string[] = [];
  let expected: Expected = 'value';
  let at = skip(SPACE, text, 0);
  while (at < text.length) {
    const next = step(text, at, expected, open);
    if (next === undefined) return at;
    expected = next.expected;
    at = skip(SPACE, text, next.at);
  }
  return at;
}

function step(
  text: string,
  at: number,
  expected: Expected,
  open: string[],
): { at: number; expected: Expected } | undefined {
  const character = text[at]!;
  const after = (): Expected => (open.length === 0 ? 'nothing' : ', or end');
  const closes = expected === ', or end' || expected === 'value or ]' || expected === 'key or }';
  if (closes && character === open.at(-1) && !(expected === 'key or }' && character !== '}')) {
    open.pop();
    return { at: at + 1, expected: after() };
  }
  if (expected === ', or end')
    return character === ',' ? { at: at + 1, expected: open.at(-1) === '}' ? 'key' : 'value' } : undefined;
  if (expected === ':') return character === ':' ? { at: at + 1, expected: 'value' } : undefined;
  if (expected === 'nothing') return undefined;
  const isKey = expected === 'key' || expected === 'key or }';
  if (!isKey && (character === '{' || character === '[')) {
    open.push(character === '{' ? '}' : ']');
    return { at: at + 1, expected: character === '{' ? 'key or }' : 'value or ]' };
  }
  if (isKey && character !== '"') return undefined;
  const end = skip(SCALAR, text, at);
  return end === at ? undefined : { at: end, expected: isKey ? ':' : after() };
}

/** The end of what a sticky pattern finds at a place; the place itself where it finds nothing. */
function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
