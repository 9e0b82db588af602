import { type Encoding, listTypeOf } from './encoding.ts';

const COMMA = Buffer.from(',');
const END = Buffer.from(']}');

/** JSON: objects are kept in it, so a list is the kept bytes of its items. */
export const json: Encoding = {
  mediaType: 'application/json',
  tables: true,
  events: {
    mediaType: 'application/json',
    /** `{"type":…,"object":…}` and a newline (watch/v1 Event). */
    around: (type) => ({ head: `{"type":"${type}","object":`, tail: '}\n' }),
  },
  object: (object) => Buffer.from(JSON.stringify(object)),
  entry: (_kind, entry) => entry.json,
  list(kind, metadata, entries) {
    const head = JSON.stringify({ ...listTypeOf(kind), metadata, items: [] }).slice(0, -END.length);
    const parts: Buffer[] = [Buffer.from(head)];
    entries.forEach((entry, i) => {
      if (i > 0) parts.push(COMMA);
      parts.push(entry.json);
    });
    parts.push(END);
    return Buffer.concat(parts);
  },
};

const indented = (value: object) => Buffer.from(JSON.stringify(value, undefined, 2));

/** JSON for people, as `?pretty=true` asks for. */
export const prettyJson: Encoding = {
  mediaType: json.mediaType,
  tables: true,
  events: json.events!,
  object: indented,
  entry: (_kind, { object }) => indented(object),
  list: (kind, metadata, entries) =>
    indented({ ...listTypeOf(kind), metadata, items: entries.map(({ object }) => object) }),
};
