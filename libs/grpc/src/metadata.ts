import type { Header } from './hpack/static-table.ts';

/**
 * What goes along with a call, besides its messages: names in lower case, printable values. Binary values have names
 * that end in `-bin` and are in base64.
 */
export type Metadata = readonly Header[];

/** @returns every value of a name, in their order. */
export function metadataValues(metadata: Metadata, name: string): string[] {
  const wanted = name.toLowerCase();
  return metadata.filter(([found]) => found === wanted).map(([, value]) => value);
}

/** @returns every value of a name that ends in `-bin`; several may be in one header, between commas. */
export function binaryValues(metadata: Metadata, name: string): Buffer[] {
  return metadataValues(metadata, name)
    .flatMap((value) => value.split(','))
    .map((value) => Buffer.from(value, 'base64'));
}

/**
 * @param entries names in any case; binary values under names that end in `-bin` only.
 * @throws TypeError on what cannot be sent as metadata.
 */
export function metadataOf(entries: Iterable<readonly [string, string | Buffer]>): Metadata {
  return [...entries].map(([name, value]) => {
    const key = name.toLowerCase();
    if (!/^[0-9a-z_.-]+$/.test(key) || key.startsWith('grpc-'))
      throw new TypeError(`metadata cannot have the name ${JSON.stringify(name)}`);
    if (key.endsWith('-bin')) return [key, Buffer.from(value as Buffer).toString('base64')];
    // The value is not said: it may be a token.
    if (typeof value !== 'string' || !/^[\x20-\x7e]*$/.test(value))
      throw new TypeError(`metadata ${key} is not printable`);
    return [key, value];
  });
}

/** What of a call's headers is neither HTTP's nor gRPC's own. */
export function metadataIn(headers: readonly Header[]): Metadata {
  return headers.filter(([name]) => !name.startsWith(':') && !name.startsWith('grpc-') && !OWN.has(name));
}

const OWN = new Set(['content-type', 'te']);

export function headerOf(headers: readonly Header[], name: string): string | undefined {
  return headers.find(([found]) => found === name)?.[1];
}
