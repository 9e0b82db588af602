import { expect, test } from 'bun:test';
import { findTool } from '../node/find-tool.ts';
import { CommandError, runCommand } from '../node/run-command.ts';
import type { IpFamily } from '../services/ip-family.ts';
import type { WantedPort } from '../services/wanted-services.ts';
import { sampleEndpoint, wantedPort } from '../testing/samples.ts';
import type { NftablesSettings } from './base-rules.ts';
import { generateRuleset } from './generate-ruleset.ts';
import { namesIn, ruleCountsIn } from './nft.ts';
import { EMPTY_TABLE } from './ruleset.ts';
import { changeTransaction, deletionScript, removalScript, wholeTransaction } from './transaction.ts';

const nft = findTool('nft')!;
/** A network of its own, where whoever starts it is root: the machine's packet filters are not touched. */
const ALONE = ['unshare', '--user', '--map-root-user', '--net', '/bin/sh', '-c'];

/** Why the kernel cannot be asked here. */
const why = await runCommand([...ALONE, `${nft} list tables`]).then(
  () => undefined,
  (error) => `${error}`,
);
if (why !== undefined) console.warn(`left out: no nft in a namespace of its own: ${why}`);

/** Gives scripts to nft, one after the other, in one namespace, and returns what the table is then. */
async function apply(scripts: readonly string[], family: IpFamily): Promise<string> {
  const table = family === 'IPv4' ? 'ip' : 'ip6';
  const texts = scripts.map((script) => `${nft} -f - <<'END' || exit 1\n${script}END\n`);
  const list = `${nft} list table ${table} kube-proxy 2>/dev/null; exit 0`;
  return await runCommand([...ALONE, texts.join('') + list]);
}

const settings = (family: IpFamily): NftablesSettings => ({
  ...{ family, masqueradeBit: 14, masqueradeAll: false },
  clusterCidr: family === 'IPv4' ? '10.244.0.0/16' : 'fd00:244::/64',
  nodePortAddresses: family === 'IPv4' ? ['192.0.2.1'] : ['2001:db8::1'],
});

/** Ports with all that a port can have, each protocol once. */
function everything(family: IpFamily, endpoints = 3): WantedPort[] {
  const four = family === 'IPv4';
  const some = Array.from({ length: endpoints }, (_, i) =>
    sampleEndpoint(i + 1, four ? {} : { ip: `fd00::${i + 1}` }),
  );
  return (['TCP', 'UDP', 'SCTP'] as const).map((protocol, i) => {
    const port = wantedPort(some, {
      ...{ protocol, portName: `a-${i}`, port: 80 + i, nodePort: 30_000 + i, affinitySeconds: 60 },
      ...{ externalPolicyLocal: true, internalPolicyLocal: i === 1 },
      clusterIP: four ? '10.96.0.9' : 'fd00:96::9',
      externalIPs: [four ? '198.51.100.1' : '2001:db8::7'],
      loadBalancerIPs: [four ? '198.51.100.2' : '2001:db8::8'],
      loadBalancerSourceRanges: [four ? '10.0.0.0/8' : 'fd00::/8'],
    });
    return { ...port, endpoints: { ...port.endpoints, local: some.slice(0, 1) } };
  });
}

test.skipIf(why !== undefined).each(['IPv4', 'IPv6'] as const)(
  'the kernel takes all that can be written, in %s, again over itself, and what changes it',
  async (family) => {
    const all = generateRuleset(everything(family), settings(family));
    const whole = wholeTransaction(EMPTY_TABLE, all, family).script;
    const written = await apply([whole], family);
    const rules = [...all.chains].map(([name, chain]) => [name, chain.rules.length] as const);
    expect(ruleCountsIn(written)).toEqual(new Map(rules));
    const again = wholeTransaction(namesIn(written), all, family).script;
    expect(await apply([whole, again], family)).toBe(written);
    const fewer = generateRuleset(everything(family, 2).slice(1), settings(family));
    const less = changeTransaction(all, fewer, family);
    const more = changeTransaction(fewer, all, family);
    const there = await apply([whole, less.script, deletionScript(less.stale, family)], family);
    expect(new Set(namesIn(there).chains)).toEqual(new Set(fewer.chains.keys()));
    const anew = await apply([wholeTransaction(EMPTY_TABLE, fewer, family).script], family);
    expect(sorted(there)).toEqual(sorted(anew));
    // Back before the empty chains were deleted.
    expect(sorted(await apply([whole, less.script, more.script], family))).toEqual(sorted(written));
    expect(await apply([whole, removalScript(family)], family)).toBe('');
    expect(await apply([removalScript(family)], family)).toBe('');
  },
);

/** nft lists chains and elements as they came. */
function sorted(listing: string): string[] {
  return listing
    .split(/[\n,]/)
    .map((line) => line.trim().replace(/^elements = \{ /, ''))
    .sort();
}

test.skipIf(why !== undefined)('what the kernel refuses is an error with nft’s words', async () => {
  const error = await apply(['add rule ip kube-proxy services nonsense\n'], 'IPv4').catch((fault) => fault);
  expect(error).toBeInstanceOf(CommandError);
  expect(String(error)).toContain('syntax error');
});
