import type { ScenarioGroup } from '../scenario.ts';
import { applyGroup } from './apply.ts';
import { authGroup } from './auth.ts';
import { changeGroup } from './change.ts';
import { createGroup } from './create.ts';
import { createByFlagsGroup } from './create-by-flags.ts';
import { createServicesGroup } from './create-services.ts';
import { deleteGroup } from './delete.ts';
import { describeGroup } from './describe.ts';
import { discoveryGroup } from './discovery.ts';
import { getGroup } from './get.ts';
import { nodesGroup } from './nodes.ts';
import { podsGroup } from './pods.ts';
import { streamsGroup } from './streams.ts';
import { waitGroup } from './wait.ts';
import { watchGroup } from './watch.ts';
import { workloadsGroup } from './workloads.ts';

/** Every scenario, in the order of the document. */
export const scenarioGroups: readonly ScenarioGroup[] = [
  createGroup,
  createByFlagsGroup,
  createServicesGroup,
  applyGroup,
  changeGroup,
  getGroup,
  watchGroup,
  deleteGroup,
  waitGroup,
  workloadsGroup,
  nodesGroup,
  podsGroup,
  streamsGroup,
  describeGroup,
  discoveryGroup,
  authGroup,
];
