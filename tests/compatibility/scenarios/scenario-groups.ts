import type { ScenarioGroup } from '../scenario.ts';
import { createGroup } from './create.ts';

/** Every scenario, in the order of the document. */
export const scenarioGroups: readonly ScenarioGroup[] = [createGroup];
