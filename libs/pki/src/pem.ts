import { PkiError } from './pki-error.ts';

export interface PemBlock {
  /** What stands between `BEGIN` and the dashes, such as `CERTIFICATE`. */
  readonly label: string;
  readonly der: Buffer;
}

const BEGIN = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n/g;

/** All PEM blocks in a text, in order; text between them is skipped, as RFC 7468 section 2 allows. */
export function decodePem(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  // A label that does not end after one place ends after no later one: a text of beginnings is read once.
  const endless = new Set<string>();
  let readTo = 0;
  for (const { index, 0: line, 1: label = '' } of text.matchAll(BEGIN)) {
    if (index < readTo || endless.has(label)) continue;
    const start = index + line.length;
    const end = text.indexOf(`-----END ${label}-----`, start);
    if (end === -1) endless.add(label);
    else {
      blocks.push({ label, der: decodeBody(label, text.slice(start, end)) });
      readTo = end;
    }
  }
  return blocks;
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
