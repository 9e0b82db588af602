/**
 * The length in bits of each octet's code (RFC 7541, appendix B), as a letter: `a` is 5. The code is canonical: codes of
 * one length follow each other in the order of their octets, so that the lengths are all there is to know.
 */
const LENGTHS =
  'isxxxxxxxtzxxzxxxxxxxxzxxxxxxxxxbffhibdgffdgdbbbaaabbbbbbbcdkbhf' +
  'ibccccccccccccccccccccccdcdioijbkabababbbaccbbbabcbaabccccckgjix' +
  'prpprrrsrssssststtrstssssqrsrsstrqprrssqsrrtqrssqqrqsrssprrrsrrs' +
  'vvporsruvvvwwvtuoqvwwvwtqqvvxwwwptpqrqqsrruuttvsvwvvwwwwwxwwwwwv';

const SHORTEST = 5 - 'a'.charCodeAt(0);
const ROOT = 0;

/** A binary tree: at 2n and 2n+1 the child of node n, or an octet as -1 - octet; 0 where the code has nothing. */
const TREE = buildTree();

function buildTree(): Int16Array {
  const octets = [...LENGTHS].map((letter, octet) => ({ octet, bits: letter.charCodeAt(0) + SHORTEST }));
  octets.sort((a, b) => a.bits - b.bits || a.octet - b.octet);
  const tree: number[] = [0, 0];
  let code = 0;
  let length = 0;
  for (const { octet, bits } of octets) {
    code *= 2 ** (bits - length);
    length = bits;
    let node = ROOT;
    for (let bit = bits - 1; bit > 0; bit--) {
      const at = 2 * node + ((code >>> bit) & 1);
      if (tree[at] === 0) tree[at] = tree.push(0, 0) / 2 - 1;
      node = tree[at]!;
    }
    tree[2 * node + (code & 1)] = -1 - octet;
    code++;
  }
  return Int16Array.from(tree);
}

/**
 * Decodes a string literal in Huffman code (RFC 7541, section 5.2).
 * @returns undefined when it is none: a code that does not exist, or padding that is not the beginning of EOS.
 */
export function decodeHuffman(bytes: Buffer): Buffer | undefined {
  // The shortest code has five bits.
  const out = Buffer.alloc(Math.floor((bytes.length * 8) / 5));
  let size = 0;
  let node = ROOT;
  let bits = 0;
  let ones = true;
  for (const byte of bytes)
    for (let mask = 0x80; mask > 0; mask >>= 1) {
      const bit = (byte & mask) === 0 ? 0 : 1;
      const next = TREE[2 * node + bit]!;
      bits++;
      ones &&= bit === 1;
      if (next === 0) return undefined;
      node = next;
      if (next > 0) continue;
      out[size++] = -1 - next;
      node = ROOT;
      bits = 0;
      ones = true;
    }
  return bits < 8 && ones ? out.subarray(0, size) : undefined;
}
