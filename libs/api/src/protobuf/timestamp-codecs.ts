import { ProtobufError } from './protobuf-error.ts';
import { int32, int64, type ScalarCodec, writeEmptyMessage } from './scalar-codec.ts';
import { BYTES } from './wire-type.ts';
import { readFields } from './wrapped-codecs.ts';

/** What RFC 3339 can say: the years 1 to 9999. */
const MIN_SECONDS = -62_135_596_800;
const MAX_SECONDS = 253_402_300_799;

/** `metav1.Time {seconds = 1, nanos = 2}`; an empty message is no time, and nanoseconds are not kept. */
export const time = timestamp(
  (iso) => `${iso}Z`,
  () => 0,
);

/** `metav1.MicroTime`, likewise, to the microsecond. */
export const microTime = timestamp(
  (iso, nanos) =>
    `${iso}.${Math.floor(nanos / 1000)
      .toString()
      .padStart(6, '0')}Z`,
  (text) => Number((/\.(\d+)/.exec(text)?.[1] ?? '').slice(0, 6).padEnd(6, '0')) * 1000,
);

function timestamp(
  format: (iso: string, nanos: number) => string,
  nanosOf: (text: string) => number,
): ScalarCodec<string> {
  return {
    wireType: BYTES,
    read: (reader) => {
      const { 1: seconds, 2: nanos } = readFields(reader, { 1: int64, 2: int32 });
      if (seconds === undefined && nanos === undefined) return undefined;
      return format(isoSeconds(Number(seconds ?? 0)), withinSecond(Number(nanos ?? 0)));
    },
    write: (writer, field, value) =>
      writer.writeMessage(field, () => {
        int64.write(writer, 1, Math.floor(Date.parse(value) / 1000));
        int64.write(writer, 2, nanosOf(value));
      }),
    writeZero: writeEmptyMessage,
    zero: undefined,
  };
}

/** `2006-01-02T15:04:05` */
function isoSeconds(seconds: number): string {
  if (seconds < MIN_SECONDS || seconds > MAX_SECONDS)
    throw new ProtobufError('Time: year outside of range [0,9999]');
  return new Date(seconds * 1000).toISOString().slice(0, 19);
}

function withinSecond(nanos: number): number {
  if (nanos < 0 || nanos >= 1e9) throw new ProtobufError('Time: nanoseconds out of range');
  return nanos;
}
