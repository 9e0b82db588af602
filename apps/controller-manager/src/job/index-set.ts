/** Indexes of an indexed job as its status lists them: `1,3-5`. */
export function parseIndexes(text: string | undefined): Set<number> {
  const indexes = new Set<number>();
  for (const part of (text ?? '').split(',').filter((one) => one !== '')) {
    const [first = 0, last = first] = part.split('-').map(Number);
    for (let index = first; index <= last; index += 1) indexes.add(index);
  }
  return indexes;
}

export function formatIndexes(indexes: ReadonlySet<number>): string {
  const parts: string[] = [];
  const sorted = [...indexes].sort((a, b) => a - b);
  for (let i = 0; i < sorted.length; ) {
    let end = i;
    while (sorted[end + 1] === sorted[end]! + 1) end += 1;
    if (end === i) parts.push(`${sorted[i]}`);
    else parts.push(`${sorted[i]}${end - i > 1 ? '-' : ','}${sorted[end]}`);
    i = end + 1;
  }
  return parts.join(',');
}
