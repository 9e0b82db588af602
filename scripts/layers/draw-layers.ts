import { isAllowed, LAYER_RULES, LAYERS, layerOf } from './layer-rules.ts';
import type { WorkspacePackage } from './workspace-packages.ts';

/** The layers as a Mermaid graph of what each package really depends on, and the rules as a list. */
export function drawLayers(packages: readonly WorkspacePackage[]): string {
  const drawn = packages.filter(({ directory }) => !['outside', undefined].includes(layerOf(directory)));
  const groups = Object.entries(LAYERS)
    .filter(([layer]) => layer !== 'outside')
    .reverse()
    .map(([layer, members]) => drawLayer(layer, members, drawn));
  const rules = LAYER_RULES.map(
    ({ from, to, why }) => `- \`${from}\` → ${to.map((each) => `\`${each}\``).join(', ')}: ${why}`,
  );
  return ['```mermaid', 'graph TD', ...groups, ...drawSideways(drawn), '```', '', ...rules].join('\n');
}

function drawLayer(layer: string, members: readonly string[], packages: readonly WorkspacePackage[]): string {
  const present = members.filter((member) => packages.some(({ directory }) => directory === member));
  return [
    `  subgraph ${layer}`,
    ...present.map((member) => `    ${member.replaceAll('/', '_')}[${member}]`),
    '  end',
  ].join('\n');
}

/** Arrows between layers would be a thicket that says only "down"; the ones drawn are those inside a layer. */
function drawSideways(packages: readonly WorkspacePackage[]): string[] {
  const arrows = packages.flatMap((from) =>
    packages
      .filter((to) => from.dependencies.has(to.name) && layerOf(from.directory) === layerOf(to.directory))
      .filter((to) => isAllowed(from.directory, to.directory))
      .map((to) => `  ${from.directory.replaceAll('/', '_')} --> ${to.directory.replaceAll('/', '_')}`),
  );
  const layers = Object.keys(LAYERS).filter((layer) => layer !== 'outside');
  return [...layers.slice(1).map((layer, index) => `  ${layer} ==> ${layers[index]}`), ...arrows];
}
