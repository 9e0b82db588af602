import type { ScalarName, ScalarTypes } from '../schema/fields.ts';
import { bool, bytes, double, int32, int64, type ScalarCodec, string } from './scalar-codec.ts';
import { microTime, time } from './timestamp-codecs.ts';
import { duration, intOrString, json, quantity, stringList } from './wrapped-codecs.ts';

/** The codec of each scalar type of the tables. */
export const scalarCodecs: { readonly [S in ScalarName]: ScalarCodec<ScalarTypes[S]> } = {
  string,
  bool,
  int32,
  int64,
  double,
  bytes,
  quantity,
  intOrString,
  time,
  microTime,
  duration,
  object: json,
  fieldsV1: json,
  stringList,
};
