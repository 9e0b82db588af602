/** What a client would like in answer, as its Accept header says. */
export interface MediaType {
  /** `application/json`, lower case. */
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Preference between 0 and 1. */
  readonly quality: number;
}

/** The media types of an Accept header, most wanted first; none given means anything (RFC 9110, section 12.5.1). */
export function parseAccept(header: string | undefined): readonly MediaType[] {
  if (header === undefined || header.trim() === '') return [{ type: '*/*', parameters: {}, quality: 1 }];
  const known = parsed.get(header);
  if (known !== undefined) return known;
  const types = header.split(',').map(parseMediaType);
  // Sorting is stable: among equals the client's order stands, but what is said exactly goes before wildcards.
  types.sort((a, b) => b.quality - a.quality || wildcards(a) - wildcards(b));
  if (parsed.size > 200) parsed.clear();
  parsed.set(header, types);
  return types;
}

const wildcards = ({ type }: MediaType) => (type === '*/*' ? 2 : type.endsWith('/*') ? 1 : 0);

/** Clients send the same few headers all day. */
const parsed = new Map<string, readonly MediaType[]>();

export function parseMediaType(text: string): MediaType {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  const parameters: Record<string, string> = {};
  for (const parameter of rest) {
    const [name = '', value = ''] = parameter.split('=');
    parameters[name.trim().toLowerCase()] = value.trim().replace(/^"(.*)"$/, '$1');
  }
  const quality = Number(parameters['q'] ?? '1');
  return { type: type.toLowerCase(), parameters, quality: Number.isNaN(quality) ? 0 : quality };
}

/** Whether an asked-for type (which may be a wildcard) covers one that can be offered. */
export function covers(asked: MediaType, offered: string): boolean {
  return asked.type === offered || asked.type === '*/*' || asked.type === `${offered.split('/')[0]}/*`;
}
