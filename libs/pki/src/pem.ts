import { PkiError } from './pki-error.ts';

export interface PemBlock {
  /** What stands between `BEGIN` and the dashes, such as `CERTIFICATE`. */
  readonly label: string;
  readonly der: Buffer;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n([\s\S]*?)-----END \1-----/g;

/** All PEM blocks in a text, in order; text between them is skipped, as RFC 7468 section 2 allows. */
export function decodePem(text: string): PemBlock[] {
  return [...text.matchAll(BLOCK)].map(([, label = '', body = '']) => ({
    label,
    der: decodeBody(label, body),
  }));
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
