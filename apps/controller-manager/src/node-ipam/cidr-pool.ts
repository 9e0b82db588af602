import { isIPv4 } from 'node:net';

/** A range of IPv4 addresses cut into equal pieces. */
export class CidrPool {
  readonly #base: number;
  readonly #size: number;
  readonly #prefix: number;

  /**
   * @param cidr the whole, such as `10.244.0.0/16`.
   * @param prefix the length of a piece's prefix, such as 24.
   * @throws RangeError when the pieces do not fit into the whole.
   */
  constructor(cidr: string, prefix: number) {
    const [address = '', bits = ''] = cidr.split('/');
    const length = Number(bits);
    if (!isIPv4(address) || !/^\d+$/.test(bits) || length > 32)
      throw new RangeError(`not an IPv4 range: ${cidr}`);
    if (prefix < length || prefix > 32) throw new RangeError(`/${prefix} does not fit into ${cidr}`);
    this.#prefix = prefix;
    this.#size = 2 ** (prefix - length);
    this.#base = Math.floor(toNumber(address) / 2 ** (32 - length)) * 2 ** (32 - length);
  }

  /** The first piece that overlaps none of those in use; undefined when all are taken. */
  firstFree(used: Iterable<string>): string | undefined {
    const taken = new Set<number>();
    for (const cidr of used) for (const index of this.#piecesOf(cidr)) taken.add(index);
    for (let index = 0; index < this.#size; index += 1)
      if (!taken.has(index)) return `${toText(this.#base + index * this.#pieceSize)}/${this.#prefix}`;
    return undefined;
  }

  get #pieceSize(): number {
    return 2 ** (32 - this.#prefix);
  }

  /** The pieces that a range overlaps; none for one outside, or of the other family. */
  *#piecesOf(cidr: string): Generator<number> {
    const [address = '', bits = '32'] = cidr.split('/');
    if (!isIPv4(address)) return;
    const start = toNumber(address) - this.#base;
    const end = start + 2 ** (32 - Number(bits)) - 1;
    const first = Math.max(0, Math.floor(start / this.#pieceSize));
    const last = Math.min(this.#size - 1, Math.floor(end / this.#pieceSize));
    for (let index = first; index <= last; index += 1) yield index;
  }
}

function toNumber(address: string): number {
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}

function toText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
