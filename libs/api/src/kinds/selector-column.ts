import type { Column } from '../schema/kind.ts';
import { formatLabelSelector } from '../selectors/format-label-selector.ts';
import type { LabelSelector } from './meta/label-selector.ts';

/** The wide column of what selects pods. */
export const selectorColumn: Column<{ spec?: { selector?: LabelSelector } }> = {
  name: 'Selector',
  type: 'string',
  priority: 1,
  description: 'Labels of the pods that it selects.',
  value: ({ spec }) => formatLabelSelector(spec?.selector),
};
