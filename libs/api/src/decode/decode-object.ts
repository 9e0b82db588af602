import { isJsonObject, setKey } from '../json-object.ts';
import { formatGoDuration, parseGoDuration } from '../protobuf/go-duration.ts';
import { canonicalQuantity, QuantityError } from '../quantity/quantity.ts';
import type { AnyMessage, ElementType, Field, ScalarName } from '../schema/fields.ts';
import { DecodeError } from './decode-error.ts';
import { formatTime } from './format-time.ts';
import { MAX_NESTING, nestsTooDeep } from './nesting.ts';
import { filler, leavesOut, zeroOf } from './zero-value.ts';

/**
 * Reads JSON as a table says: types are checked, null means absent, what Go would leave out of JSON is left out and
 * what it would show is filled in, quantities and times take their canonical form, and fields that the table does not know are dropped and reported (the caller refuses, warns or ignores,
 * as `fieldValidation` asks). Decoders are made once per table and kept.
 */

type Decoder = (value: unknown, path: string, unknown: string[]) => unknown;

const decoders = new WeakMap<AnyMessage, Decoder>();

/**
 * @param unknown receives `unknown field "spec.x"` for each field that the table does not have.
 * @throws DecodeError on a value of the wrong type.
 */
export function decodeObject(
  message: AnyMessage,
  value: unknown,
  unknown: string[],
): Record<string, unknown> {
  return messageDecoder(message)(value, '', unknown) as Record<string, unknown>;
}

function messageDecoder(message: AnyMessage): Decoder {
  let made = decoders.get(message);
  if (made === undefined) {
    made = buildMessageDecoder(message);
    decoders.set(message, made);
  }
  return made;
}

interface FieldDecoder {
  readonly decode: Decoder;
  /** Whether Go would leave it out of JSON. */
  readonly leavesOut: ((value: unknown) => boolean) | undefined;
}

function buildMessageDecoder(message: AnyMessage): Decoder {
  const fields = new Map<string, FieldDecoder>();
  const fillers: [name: string, make: () => unknown][] = [];
  const shortName = message.name.slice(message.name.lastIndexOf('.') + 1);
  collect(message, fields, fillers);
  return (value, path, unknown) => {
    if (!isJsonObject(value)) throw mismatch(value, path, shortName);
    if (path.length > 0 && depth(path) > MAX_NESTING) throw tooDeep();
    const result: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      const field = fields.get(key);
      const at = path === '' ? key : `${path}.${key}`;
      if (field === undefined) {
        if (path !== '' || !TYPE_META.has(key)) unknown.push(`unknown field ${JSON.stringify(at)}`);
        continue;
      }
      const item = value[key];
      if (item === null || item === undefined) continue;
      const decoded = field.decode(item, at, unknown);
      if (!field.leavesOut?.(decoded)) result[key] = decoded;
    }
    for (const [name, make] of fillers) if (result[name] === undefined) result[name] = make();
    return result;
  };
}

const TYPE_META = new Set(['apiVersion', 'kind']);

/** Fields of embedded structures count as the parent's own. */
function collect(
  message: AnyMessage,
  into: Map<string, FieldDecoder>,
  fillers: [name: string, make: () => unknown][],
): void {
  for (const [name, field] of Object.entries(message.fields as Record<string, Field>)) {
    if (field.shape === 'inline') {
      collect(field.type as AnyMessage, into, fillers);
      continue;
    }
    into.set(name, { decode: fieldDecoder(field), leavesOut: leavesOut(field) });
    const make = filler(field);
    if (make !== undefined) fillers.push([name, make]);
  }
}

function fieldDecoder(field: Field): Decoder {
  // Deferred, so that a table may contain itself.
  let element: Decoder | undefined;
  const decodeElement: Decoder = (value, path, unknown) => {
    element ??= elementDecoder(field.type);
    return element(value, path, unknown);
  };
  if (field.shape === 'list') return listDecoder(decodeElement, field.type);
  if (field.shape === 'map') return mapDecoder(decodeElement, field.type);
  return decodeElement;
}

function listDecoder(element: Decoder, type: ElementType): Decoder {
  return (value, path, unknown) => {
    if (!Array.isArray(value)) throw mismatch(value, path, 'list');
    return value.map((item, i) => (item === null ? zeroOf(type) : element(item, `${path}[${i}]`, unknown)));
  };
}

function mapDecoder(element: Decoder, type: ElementType): Decoder {
  return (value, path, unknown) => {
    if (!isJsonObject(value)) throw mismatch(value, path, 'map');
    const result: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      const item = value[key] ?? null;
      setKey(result, key, item === null ? zeroOf(type) : element(item, `${path}.${key}`, unknown));
    }
    return result;
  };
}

function elementDecoder(type: ElementType): Decoder {
  return typeof type === 'string' ? scalarDecoders[type] : messageDecoder(type);
}

const text: Decoder = (value, path) => {
  if (typeof value !== 'string') throw mismatch(value, path, 'string');
  return value;
};

const integer =
  (type: 'int32' | 'int64', min: number, max: number): Decoder =>
  (value, path) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
      throw mismatch(value, path, type);
    // Not -0, which is no integer to Go.
    return value + 0;
  };

const int32 = integer('int32', -(2 ** 31), 2 ** 31 - 1);

const rawObject: Decoder = (value, path) => {
  if (!isJsonObject(value)) throw mismatch(value, path, 'object');
  if (nestsTooDeep(value)) throw tooDeep();
  return value;
};

const scalarDecoders: Record<ScalarName, Decoder> = {
  string: text,
  bool: (value, path) => {
    if (typeof value !== 'boolean') throw mismatch(value, path, 'bool');
    return value;
  },
  int32,
  int64: integer('int64', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  double: (value, path) => {
    if (typeof value !== 'number') throw mismatch(value, path, 'float64');
    return value;
  },
  bytes: (value, path) => {
    if (typeof value !== 'string') throw mismatch(value, path, '[]uint8');
    const decoded = Buffer.from(value, 'base64');
    if (decoded.toString('base64') !== value) throw illegalBase64(value);
    return value;
  },
  quantity: (value, path) => {
    if (typeof value !== 'string' && typeof value !== 'number')
      throw mismatch(value, path, 'resource.Quantity');
    try {
      return canonicalQuantity(value);
    } catch (error) {
      if (error instanceof QuantityError) throw new DecodeError(error.message);
      throw error;
    }
  },
  intOrString: (value, path, unknown) => (typeof value === 'string' ? value : int32(value, path, unknown)),
  time: timestamp(formatTime),
  // Date counts milliseconds; the microseconds that follow are kept as they came.
  microTime: timestamp((date, came) => `${date.toISOString().slice(0, 19)}.${microseconds(came)}Z`),
  duration: (value, path) => {
    if (typeof value !== 'string') throw mismatch(value, path, 'Duration');
    const nanoseconds = parseGoDuration(value);
    if (nanoseconds === undefined) throw new DecodeError(`time: invalid duration ${JSON.stringify(value)}`);
    return formatGoDuration(nanoseconds);
  },
  object: rawObject,
  fieldsV1: rawObject,
  stringList: (value, path, unknown) => listDecoder(text, 'string')(value, path, unknown),
};

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function timestamp(format: (date: Date, came: string) => string): Decoder {
  return (value, path) => {
    if (typeof value !== 'string') throw mismatch(value, path, 'Time');
    const date = new Date(value);
    if (!RFC3339.test(value) || Number.isNaN(date.getTime()))
      throw new DecodeError(
        `parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": cannot parse`,
      );
    return format(date, value);
  };
}

function microseconds(came: string): string {
  return (/\.(\d+)/.exec(came)?.[1] ?? '').slice(0, 6).padEnd(6, '0');
}

const tooDeep = () => new DecodeError('json: exceeded max depth');

function illegalBase64(value: string): DecodeError {
  const at = /[^A-Za-z0-9+/=]/.exec(value)?.index ?? Math.max(0, value.length - 1);
  return new DecodeError(`illegal base64 data at input byte ${at}`);
}

function mismatch(value: unknown, path: string, goType: string): DecodeError {
  const found = Array.isArray(value)
    ? 'array'
    : value === null
      ? 'null'
      : typeof value === 'boolean'
        ? 'bool'
        : typeof value;
  return new DecodeError(`json: cannot unmarshal ${found} into Go struct field ${path} of type ${goType}`);
}

function depth(path: string): number {
  let dots = 0;
  for (const character of path) if (character === '.') dots += 1;
  return dots;
}
