/**
 * Why Go's `json.Unmarshal` would not take a text for an object, in its words; undefined where it would. For messages
 * that clients have come to know (the registries' Secrets); everything else says where, and quotes nothing.
 */
export function jsonObjectFault(text: string): string | undefined {
  const fault = new Scanner(text).fault();
  if (fault !== undefined) return fault;
  const first = text.trimStart()[0]!;
  const type = GO_TYPES[first] ?? (/[-0-9]/.test(first) ? 'number' : undefined);
  return type && `json: cannot unmarshal ${type} into Go value of type map[string]interface {}`;
}

/** What a text begins with that is no object; null is taken for an empty one. */
const GO_TYPES: Readonly<Record<string, string>> = { '[': 'array', '"': 'string', t: 'bool', f: 'bool' };

const END = 'unexpected end of JSON input';
const SPACE = /[ \t\r\n]/;
const HEX = /[0-9a-fA-F]/;

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or }' | ', or ]' | 'nothing';

const CONTEXTS: Readonly<Record<Expected, string>> = {
  value: 'looking for beginning of value',
  'value or ]': 'looking for beginning of value',
  key: 'looking for beginning of object key string',
  'key or }': 'looking for beginning of object key string',
  ':': 'after object key',
  ', or }': 'after object key:value pair',
  ', or ]': 'after array element',
  nothing: 'after top-level value',
};

/** Thrown within, and caught within. */
class Fault extends Error {}

/** Reads character by character, without recursion: what it expects depends on the innermost bracket only. */
class Scanner {
  readonly #characters: readonly string[];
  readonly #open: ('}' | ']')[] = [];
  #at = 0;
  #expected: Expected = 'value';

  constructor(text: string) {
    this.#characters = [...text];
  }

  fault(): string | undefined {
    try {
      for (;;) {
        while (SPACE.test(this.#characters[this.#at] ?? '')) this.#at += 1;
        if (this.#at >= this.#characters.length) return this.#expected === 'nothing' ? undefined : END;
        this.#step(this.#characters[this.#at]!);
      }
    } catch (error) {
      if (error instanceof Fault) return error.message;
      throw error;
    }
  }

  #step(character: string): void {
    const expected = this.#expected;
    const closes = expected === 'key or }' || expected === ', or }' ? '}' : expected.endsWith(']') ? ']' : '';
    if (character === closes) {
      this.#at += 1;
      this.#open.pop();
      this.#expected = this.#afterValue();
    } else if (expected === 'key' || expected === 'key or }') {
      if (character !== '"') this.#refuse(CONTEXTS[expected]);
      this.#string();
      this.#expected = ':';
    } else if (expected === ':' || expected.startsWith(', or')) {
      if (character !== expected[0]) this.#refuse(CONTEXTS[expected]);
      this.#at += 1;
      this.#expected = expected === ', or }' ? 'key' : 'value';
    } else if (expected === 'nothing') this.#refuse(CONTEXTS.nothing);
    else this.#value(character);
  }

  #value(character: string): void {
    if (character === '{' || character === '[') {
      this.#at += 1;
      this.#open.push(character === '{' ? '}' : ']');
      this.#expected = character === '{' ? 'key or }' : 'value or ]';
      return;
    }
    if (character === '"') this.#string();
    else if (/[-0-9]/.test(character)) this.#number();
    else {
      const word = ['true', 'false', 'null'].find((each) => each[0] === character);
      if (word === undefined) this.#refuse(CONTEXTS[this.#expected]);
      else this.#literal(word);
    }
    this.#expected = this.#afterValue();
  }

  #afterValue(): Expected {
    const innermost = this.#open.at(-1);
    return innermost === undefined ? 'nothing' : `, or ${innermost}`;
  }

  #literal(word: string): void {
    for (const letter of word) {
      if (this.#current() !== letter) this.#refuse(`in literal ${word} (expecting ${quoted(letter)})`);
      this.#at += 1;
    }
  }

  #string(): void {
    this.#at += 1;
    for (;;) {
      const character = this.#current();
      if (character < ' ') this.#refuse('in string literal');
      this.#at += 1;
      if (character === '"') return;
      if (character === '\\') this.#escape();
    }
  }

  #escape(): void {
    const character = this.#current();
    if (!'"\\/bfnrtu'.includes(character)) this.#refuse('in string escape code');
    this.#at += 1;
    if (character !== 'u') return;
    for (let digit = 0; digit < 4; digit += 1) {
      if (!HEX.test(this.#current())) this.#refuse('in \\u hexadecimal character escape');
      this.#at += 1;
    }
  }

  #number(): void {
    if (this.#characters[this.#at] === '-') this.#at += 1;
    if (this.#current() === '0') this.#at += 1;
    else this.#digits('in numeric literal');
    if (this.#characters[this.#at] === '.') {
      this.#at += 1;
      this.#digits('after decimal point in numeric literal');
    }
    if (/[eE]/.test(this.#characters[this.#at] ?? '')) {
      this.#at += 1;
      if (/[-+]/.test(this.#characters[this.#at] ?? '')) this.#at += 1;
      this.#digits('in exponent of numeric literal');
    }
  }

  #digits(context: string): void {
    if (!/\d/.test(this.#current())) this.#refuse(context);
    while (/\d/.test(this.#characters[this.#at] ?? '')) this.#at += 1;
  }

  /** @throws Fault at the end. */
  #current(): string {
    const character = this.#characters[this.#at];
    if (character === undefined) throw new Fault(END);
    return character;
  }

  #refuse(context: string): never {
    throw new Fault(`invalid character ${quoted(this.#current())} ${context}`);
  }
}

/** As Go quotes a single character. */
function quoted(character: string): string {
  if (character === "'") return String.raw`'\''`;
  if (character === '"') return `'"'`;
  return `'${JSON.stringify(character).slice(1, -1)}'`;
}
