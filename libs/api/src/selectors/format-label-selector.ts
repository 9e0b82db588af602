import type { LabelSelector } from '../kinds/meta/label-selector.ts';
import { type Labels, type Requirement, selectorOf } from './label-selector.ts';

/** A label selector in its text form, `a=b,c in (d,e)`, sorted by key; empty for one that selects everything. */
export function labelSelectorText(selector: LabelSelector): string {
  const requirements = selectorOf(selector).toSorted((a, b) => compare(a.key, b.key));
  return requirements.map(requirementText).join(',');
}

/** As `kubectl get` shows a selector (apimachinery `FormatLabelSelector`). */
export function formatLabelSelector(selector: LabelSelector | undefined): string {
  try {
    return (selector && labelSelectorText(selector)) || '<none>';
  } catch {
    return '<error>';
  }
}

/** As `kubectl get` shows labels (apimachinery `FormatLabels`). */
export function formatLabels(labels: Labels = {}): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return pairs.sort().join(',') || '<none>';
}

function requirementText({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.toSorted(compare).join(',')})`;
    case 'gt':
      return `${key}>${values[0]}`;
    case 'lt':
      return `${key}<${values[0]}`;
    default:
      return `${key}${operator}${values[0]}`;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
