import { isEncrypted } from './identity.ts';
import type { Provider } from './provider.ts';
import { DecryptionError, type Transformer, type Unsealed } from './transformer.ts';

interface Candidate {
  readonly provider: Provider;
  readonly prefix: Buffer;
  readonly id: string;
}

/**
 * Writes with the first provider; reads with the first that can: a prefix that fits and a key that does not leave it
 * to the next, since two keys may have one name (apiserver/pkg/storage/value).
 * @param providers one for each key, at least one.
 */
export function providerTransformer(providers: readonly Provider[]): Transformer {
  const candidates = providers.map(candidateOf);
  const first = candidates[0];
  if (first === undefined) throw new Error('a transformer needs at least one provider');
  return {
    writesWith: first.id,
    reads: candidates.map(({ id }) => id),
    encrypt(plain, context) {
      const sealed = first.provider.seal(plain, context);
      return first.prefix.length === 0 ? sealed : Buffer.concat([first.prefix, sealed]);
    },
    decrypt: (stored, context) => unseal(candidates, stored, context),
  };
}

/** The part of `writesWith` and `sealedWith` that is for people: provider and key name. */
export function labelOf(sealedWith: string): string {
  return sealedWith.split('#', 1)[0]!;
}

function candidateOf(provider: Provider): Candidate {
  const { label, prefix, fingerprint } = provider;
  return {
    provider,
    prefix: Buffer.from(prefix),
    id: fingerprint === '' ? label : `${label}#${fingerprint}`,
  };
}

function unseal(candidates: readonly Candidate[], stored: Uint8Array, context: string): Unsealed {
  const value = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  let failure: DecryptionError | undefined;
  for (const { provider, prefix, id } of candidates) {
    if (!value.subarray(0, prefix.length).equals(prefix)) continue;
    try {
      return { plain: provider.open(value.subarray(prefix.length), context), sealedWith: id };
    } catch (error) {
      if (!(error instanceof DecryptionError)) throw error;
      // What identity cannot read belongs to others: that says nothing of why they could not.
      if (prefix.length > 0) failure ??= error;
    }
  }
  throw (
    failure ?? new DecryptionError(`no matching prefix found: the value was written with ${writerOf(value)}`)
  );
}

/** What the operator has to look for; nothing of the value. */
function writerOf(value: Buffer): string {
  if (!isEncrypted(value)) return 'identity';
  const [, provider, name] = /^k8s:enc:(\w+):v\d:([^:]*):/.exec(value.subarray(0, 512).toString()) ?? [];
  return provider === undefined ? 'an unknown provider' : `${provider} key ${JSON.stringify(name)}`;
}
