/** Upstream's older names, which `--controllers` still takes. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['csrapproving', 'certificatesigningrequest-approving-controller'],
  ['csrsigning', 'certificatesigningrequest-signing-controller'],
  ['csrcleaner', 'certificatesigningrequest-cleaner-controller'],
  ['tokencleaner', 'token-cleaner-controller'],
  ['serviceaccount', 'serviceaccount-controller'],
  ['serviceaccount-token', 'serviceaccount-token-controller'],
  ['legacy-service-account-token-cleaner', 'legacy-serviceaccount-token-cleaner-controller'],
  ['root-ca-cert-publisher', 'root-ca-certificate-publisher-controller'],
  ['namespace', 'namespace-controller'],
  ['garbagecollector', 'garbage-collector-controller'],
  ['nodelifecycle', 'node-lifecycle-controller'],
  ['nodeipam', 'node-ipam-controller'],
  ['endpoint', 'endpoints-controller'],
  ['endpointslice', 'endpointslice-controller'],
  ['endpointslicemirroring', 'endpointslice-mirroring-controller'],
  ['podgc', 'pod-garbage-collector-controller'],
]);

/**
 * Which loops `--controllers` asks for: `*` is all, `name` one, `-name` not that one; the first that speaks of a loop
 * counts, as upstream's.
 * @throws Error for a name that no loop has.
 */
export function enabledControllers(asked: readonly string[], known: readonly string[]): Set<string> {
  const rules = asked.map((word) => {
    const isOff = word.startsWith('-');
    const bare = isOff ? word.slice(1) : word;
    return { isOff, name: ALIASES.get(bare) ?? bare };
  });
  const stray = rules.find(({ name }) => name !== '*' && !known.includes(name));
  if (stray)
    throw new Error(
      `--controllers: ${JSON.stringify(stray.name)} is not in the list of known controllers: ${known.join(', ')}`,
    );
  const all = rules.some(({ name, isOff }) => name === '*' && !isOff);
  return new Set(
    known.filter((name) => {
      const rule = rules.find((candidate) => candidate.name === name);
      return rule ? !rule.isOff : all;
    }),
  );
}
