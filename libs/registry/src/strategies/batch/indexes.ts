/** A list of indexes that cannot be read. */
export class IndexesError extends Error {
  override readonly name = 'IndexesError';
}

/**
 * How many indexes a list such as `1,3-5` names; they must ascend and be below `completions`.
 * @throws IndexesError
 */
export function countIndexes(text: string, completions: number): number {
  if (text === '') return 0;
  let total = 0;
  let last: number | undefined;
  for (const part of text.split(',')) {
    const [first, end, ...more] = part.split('-').map((one) => parseIndex(one, completions));
    if (more.length > 0)
      throw new IndexesError(
        `the fragment ${JSON.stringify(part)} violates the requirement that an index interval can have at most two parts separated by '-'`,
      );
    const to = end ?? first!;
    if (last !== undefined && last >= first!)
      throw new IndexesError(`non-increasing order, previous: ${last}, current: ${first}`);
    if (end !== undefined && first! >= end)
      throw new IndexesError(`non-increasing order, previous: ${first}, current: ${end}`);
    total += to - first! + 1;
    last = to;
  }
  return total;
}

function parseIndex(text: string, completions: number): number {
  if (!/^\d{1,10}$/.test(text))
    throw new IndexesError(`cannot convert string to integer for index: ${JSON.stringify(text)}`);
  const index = Number(text);
  if (index >= completions) throw new IndexesError(`too large index: ${JSON.stringify(text)}`);
  return index;
}
