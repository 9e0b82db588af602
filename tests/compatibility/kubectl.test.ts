import { describe, expect } from 'bun:test';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { ALL_KUBECTL_VERSIONS, type KubectlVersion } from '../cluster/required-tools.ts';
import { renderCompatibility } from './render-compatibility.ts';
import { type Outcome, runScenario } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import { scenarioGroups } from './scenarios/scenario-groups.ts';

const root = join(import.meta.dir, '../..');
const suite = shareCluster({ nodes: 1 });
const outcomes = new Map<Scenario, Record<KubectlVersion, Outcome | 'failed'>>();

/** What a scenario takes at most: some wait for a pod's end four times. */
const SCENARIO_TIMEOUT_MS = 120_000;

for (const { title, scenarios } of scenarioGroups)
  describe(title, () => {
    for (const scenario of scenarios)
      suite.test(scenario.name, (cluster) => playByAll(cluster, scenario), SCENARIO_TIMEOUT_MS);
  });

suite.test('docs/compatibility.md says what was seen', async () => {
  const all = scenarioGroups.flatMap(({ scenarios }) => scenarios);
  if (all.some((scenario) => !outcomes.has(scenario)))
    throw new Error('only a run of the whole table can be compared with the document');
  const seen = renderCompatibility(scenarioGroups, outcomes);
  mkdirSync(join(root, '.test-artifacts'), { recursive: true });
  await Bun.write(join(root, '.test-artifacts/compatibility.md'), seen);
  const written = await Bun.file(join(root, 'docs/compatibility.md')).text();
  if (written !== seen)
    expect(written, 'stale: `bun scripts/compatibility.ts` writes what was seen').toBe(seen);
});

/** All clients at once, or one after another where they would be in each other's way. */
async function playByAll(cluster: Cluster, scenario: Scenario): Promise<void> {
  const faults: string[] = [];
  const seen = { '1.27': 'failed', '1.30': 'failed', '1.33': 'failed', '1.36': 'failed' } as Record<
    KubectlVersion,
    Outcome | 'failed'
  >;
  outcomes.set(scenario, seen);
  const play = async (version: KubectlVersion) => {
    try {
      seen[version] = await runScenario(cluster, version, scenario);
    } catch (fault) {
      faults.push(`kubectl ${version}: ${fault instanceof Error ? fault.message : fault}`);
    }
  };
  if (scenario.alone === true) for (const version of ALL_KUBECTL_VERSIONS) await play(version);
  else await Promise.all(ALL_KUBECTL_VERSIONS.map(play));
  if (faults.length > 0) throw new Error(faults.join('\n'));
}
