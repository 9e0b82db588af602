import { ApiError, excerpt } from '@hawser/api';
import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, parseDocument, YAMLParseError } from 'yaml';
import { BodySyntaxError, placeOf } from './body-syntax-error.ts';

/** A body in YAML occupies the hub for as long as it is parsed: some 0.3 s for this much. JSON may be larger. */
export const MAX_YAML_BYTES = 256 * 1024;
/** As for JSON: no kind comes near it. */
const MAX_DEPTH = 200;
/** How many aliases are followed, those inside of what others stand for included. */
const MAX_ALIASES = 10;
/** As for JSON: how many keys that stand twice are named, and how much of the path of each. */
const MAX_DUPLICATES = 1_000;
const MAX_PATH = 1_024;

export interface YamlBody {
  readonly value: unknown;
  /** `duplicate field "spec.x"` for each key that stands more than once in its map; the last one counts. */
  readonly duplicates: readonly string[];
}

/**
 * Parses one YAML document. The parser's own check for keys that stand twice compares each with each, and its
 * own conversion prints keys that are collections, again and again: both are done here instead.
 * @throws BodySyntaxError where it cannot be read, ApiError RequestEntityTooLarge past MAX_YAML_BYTES.
 */
export function parseYaml(body: Buffer): YamlBody {
  if (body.length > MAX_YAML_BYTES)
    throw new ApiError(
      'RequestEntityTooLarge',
      `Request entity too large: limit is ${MAX_YAML_BYTES} for application/yaml; use application/json for more`,
    );
  const text = body.toString();
  // Without `prettyErrors` nothing of the text gets into messages on the way.
  const document = withinStack(() =>
    parseDocument(text, { uniqueKeys: false, prettyErrors: false, logLevel: 'error' }),
  );
  const fault = document.errors[0];
  if (fault instanceof YAMLParseError)
    throw new BodySyntaxError(`yaml: ${placeOf(text, fault.pos[0])}: ${wordsOf(fault)}`);
  const conversion = new Conversion(text);
  return { value: conversion.valueOf(document.contents, ''), duplicates: [...conversion.duplicates] };
}

function withinStack<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RangeError) throw new BodySyntaxError('yaml: exceeded max depth');
    throw error;
  }
}

/** The parser's codes are fixed words (`BAD_INDENT`); its messages quote what they are about. */
function wordsOf({ code }: YAMLParseError): string {
  return code.toLowerCase().replaceAll('_', ' ');
}

/** From the parser's nodes to plain values. */
class Conversion {
  readonly duplicates = new Set<string>();
  readonly #text: string;
  readonly #anchors = new Map<string, Node>();
  #aliases = 0;

  constructor(text: string) {
    this.#text = text;
  }

  valueOf(node: unknown, path: string, depth = 0): unknown {
    if (node === null || node === undefined) return null;
    if (depth > MAX_DEPTH) throw new BodySyntaxError('yaml: exceeded max depth');
    if (isAlias(node)) return this.#follow(node.source, node, path, depth);
    const { anchor } = node as { anchor?: string };
    if (anchor !== undefined) this.#anchors.set(anchor, node as Node);
    if (isScalar(node)) return node.value;
    if (isSeq(node)) return node.items.map((item, i) => this.valueOf(item, `${path}[${i}]`, depth + 1));
    if (isMap(node)) return this.#mapOf(node.items, path, depth);
    throw this.#fault('unexpected content', node as Node);
  }

  #mapOf(pairs: readonly Pair[], path: string, depth: number): object {
    const map: Record<string, unknown> = {};
    for (const { key, value } of pairs) {
      const name = this.#keyOf(key as Node | null, depth);
      const at = path === '' ? name : `${path}.${name}`;
      if (Object.hasOwn(map, name) && this.duplicates.size < MAX_DUPLICATES)
        this.duplicates.add(`duplicate field ${JSON.stringify(excerpt(at, MAX_PATH))}`);
      // Assigning `__proto__` would set the prototype instead of a key.
      Object.defineProperty(map, name, {
        value: this.valueOf(value, at, depth + 1),
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
    return map;
  }

  #keyOf(key: Node | null, depth: number): string {
    const value = key !== null && (isScalar(key) || isAlias(key)) ? this.valueOf(key, '', depth + 1) : null;
    if (value === null || typeof value === 'object') throw this.#fault('a key must be text', key);
    return String(value);
  }

  #follow(name: string, alias: Node, path: string, depth: number): unknown {
    const target = this.#anchors.get(name);
    if (target === undefined) throw this.#fault('an alias without its anchor', alias);
    this.#aliases += 1;
    if (this.#aliases > MAX_ALIASES) throw this.#fault(`more than ${MAX_ALIASES} aliases`, alias);
    return this.valueOf(target, path, depth + 1);
  }

  #fault(what: string, node: Node | null): BodySyntaxError {
    return new BodySyntaxError(`yaml: ${placeOf(this.#text, node?.range?.[0] ?? 0)}: ${what}`);
  }
}
