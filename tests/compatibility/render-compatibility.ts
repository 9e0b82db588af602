import { ALL_KUBECTL_VERSIONS, type KubectlVersion } from '../cluster/required-tools.ts';
import type { Outcome } from './run-scenario.ts';
import type { Scenario, ScenarioGroup } from './scenario.ts';

/** What each client saw of each scenario. */
export type Outcomes = ReadonlyMap<Scenario, Readonly<Record<KubectlVersion, Outcome | 'failed'>>>;

const HEAD = `# Compatibility

What real clients see of Hawser. The table is the outcome of \`bun test tests/compatibility\`, where every kubectl plays
every scenario against one cluster of spawned services, and what it prints, its exit code and the objects it leaves are
compared with what upstream gives. The test fails when this file says anything else; \`bun scripts/compatibility.ts\`
then writes what the last run saw.

- **yes**: the client does it, and sees what it sees of upstream.
- **refused**: the answer is a clear refusal, for the reason below the table.
- **no such**: that client cannot ask for it, by its own help.

Beside kubectl, \`tests/client-node\` runs the official JavaScript client (\`@kubernetes/client-node\`) under Node: lists and
pages, watches, informers that reconnect and list anew, patches, server-side apply, errors, tokens, logs,
exec, attach, cp, port-forward. helm 4 installs,
upgrades, rolls back and uninstalls charts (\`tests/e2e/helm.test.ts\`).

Objects have managedFields from their first server-side apply on: [what a client sees otherwise by that](decisions/0018-who-owns-what-is-tracked-from-the-first-apply.md).`;

/** The whole of docs/compatibility.md. */
export function renderCompatibility(groups: readonly ScenarioGroup[], outcomes: Outcomes): string {
  return [HEAD, summary(outcomes), ...groups.map((group) => renderGroup(group, outcomes)), ''].join('\n\n');
}

function summary(outcomes: Outcomes): string {
  const rows = ALL_KUBECTL_VERSIONS.map((version) => {
    const seen = [...outcomes.values()].map((outcome) => outcome[version]);
    const count = (of: Outcome) => seen.filter((outcome) => outcome === of).length;
    return `| ${version} | ${count('works')} | ${count('refused')} | ${count('lacking')} |`;
  });
  return ['| kubectl | yes | refused | no such |', '|---|---|---|---|', ...rows].join('\n');
}

function renderGroup({ title, scenarios }: ScenarioGroup, outcomes: Outcomes): string {
  const head = `## ${title}\n\n| | ${ALL_KUBECTL_VERSIONS.join(' | ')} |\n|---|${'---|'.repeat(ALL_KUBECTL_VERSIONS.length)}`;
  const rows = scenarios.map((scenario) => {
    const cells = ALL_KUBECTL_VERSIONS.map((version) => WORDS[outcomes.get(scenario)?.[version] ?? 'failed']);
    return `| \`${scenario.name.replaceAll('|', '\\|')}\` | ${cells.join(' | ')} |`;
  });
  const reasons = scenarios.flatMap(reasonsOf);
  return [head, ...rows, ...(reasons.length > 0 ? ['', ...reasons] : [])].join('\n');
}

const WORDS: Readonly<Record<Outcome | 'failed', string>> = {
  works: 'yes',
  refused: 'refused',
  lacking: 'no such',
  failed: '**fails**',
};

function reasonsOf({ name, refused, lacks = {} }: Scenario): string[] {
  const refusals =
    typeof refused === 'string'
      ? [`- \`${name}\` is refused: ${refused}`]
      : Object.entries(refused ?? {}).map(
          ([version, reason]) => `- \`${name}\` is refused to ${version}: ${reason}`,
        );
  const lacking = Object.entries(lacks).map(
    ([version, { help, absent }]) =>
      `- \`${name}\`: \`kubectl ${help} --help\` of ${version} does not know \`${absent}\``,
  );
  return [...refusals, ...lacking];
}
