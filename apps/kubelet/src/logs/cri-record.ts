/**
 * One record of a CRI log (`kubelet/cri/logging.md` upstream): `TIMESTAMP STREAM TAG CONTENT\n`, where the tag is
 * F, or P for a piece of a line that goes on in the next record of its stream.
 */
export interface CriRecord {
  /** RFC 3339 with nanoseconds, as it stands in the log; sorts as text. */
  timestamp: string;
  stream: 'stdout' | 'stderr';
  partial: boolean;
  /** Without the newline. */
  content: Buffer;
}

const SPACE = 0x20;
const PARTIAL = 'P'.charCodeAt(0);

/** Reads a record, given without its newline. Returns undefined for what is none, such as a torn line. */
export function parseCriRecord(line: Buffer): CriRecord | undefined {
  const first = line.indexOf(SPACE);
  const second = line.indexOf(SPACE, first + 1);
  if (first <= 0 || second < 0) return undefined;
  const stream = line.toString('latin1', first + 1, second);
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  const third = line.indexOf(SPACE, second + 1);
  const tagEnd = third < 0 ? line.length : third;
  if (tagEnd === second + 1) return undefined;
  return {
    timestamp: line.toString('latin1', 0, first),
    stream,
    // Tags may be joined by colons; partial or not is the first.
    partial: line[second + 1] === PARTIAL,
    content: line.subarray(Math.min(tagEnd + 1, line.length)),
  };
}
