import { PkiError } from './pki-error.ts';

export interface PemBlock {
  /** What stands between `BEGIN` and the dashes, such as `CERTIFICATE`. */
  readonly label: string;
  readonly der: Buffer;
}

const BEGIN = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n/g;
/** The dashes after the label may be those before another one. */
const END = /-----END (?=([A-Z0-9 ]+)-----)/g;

/** All PEM blocks in a text, in order; text between them is skipped, as RFC 7468 section 2 allows. */
export function decodePem(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  const ends = endsByLabel(text);
  let readTo = 0;
  for (const { index, 0: line, 1: label = '' } of text.matchAll(BEGIN)) {
    if (index < readTo) continue;
    const start = index + line.length;
    const end = ends.get(label)?.after(start);
    if (end === undefined) continue;
    blocks.push({ label, der: decodeBody(label, text.slice(start, end)) });
    readTo = end;
  }
  return blocks;
}

/**
 * Where blocks of each label end. Looked up in one go: to search the rest of the text for the end of each beginning
 * would take a text of nothing but beginnings forever.
 */
function endsByLabel(text: string): ReadonlyMap<string, Ends> {
  const ends = new Map<string, Ends>();
  for (const { index, 1: label = '' } of text.matchAll(END)) {
    const known = ends.get(label) ?? new Ends();
    known.add(index);
    ends.set(label, known);
  }
  return ends;
}

/** Places in a text, in order, asked for in order. */
class Ends {
  readonly #places: number[] = [];
  #next = 0;

  add(place: number): void {
    this.#places.push(place);
  }

  /** The first that is not before a place. */
  after(start: number): number | undefined {
    while (this.#places[this.#next]! < start) this.#next += 1;
    return this.#places[this.#next];
  }
}

/** The DER of the first block with the label. Throws `PkiError` when there is none. */
export function decodePemBlock(text: string, label: string): Buffer {
  const block = decodePem(text).find((candidate) => candidate.label === label);
  if (!block) throw new PkiError(`no PEM block of type ${label}`);
  return block.der;
}

/** A PEM block with lines of 64 characters and a final newline. */
export function encodePem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

function decodeBody(label: string, body: string): Buffer {
  if (body.includes('ENCRYPTED')) throw new PkiError(`PEM block ${label} is encrypted`);
  const base64 = body.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) throw new PkiError(`PEM block ${label} is not valid base64`);
  return Buffer.from(base64, 'base64');
}
