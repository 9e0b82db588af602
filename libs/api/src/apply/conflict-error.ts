import { ApiError } from '../status/api-error.ts';
import { excerpt } from '../status/excerpt.ts';
import { compareTexts, type ManagerIdentity, managerKey } from './managers.ts';
import { pathText } from './path-element.ts';
import type { FieldConflict } from './reassign-fields.ts';

const MAX_CAUSES = 256;

/** 409 Conflict that names each field and who owns it (apimachinery/pkg/util/managedfields, NewConflictError). */
export function applyConflict(conflicts: readonly FieldConflict[]): ApiError {
  const sorted = [...conflicts].sort((a, b) => compareTexts(managerKey(a.manager), managerKey(b.manager)));
  const causes = sorted.slice(0, MAX_CAUSES).map(({ manager, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${managerText(manager)}`,
    field: excerpt(pathText(path)),
  }));
  return new ApiError('Conflict', conflictText(sorted), { causes });
}

function conflictText(conflicts: readonly FieldConflict[]): string {
  const [first] = conflicts;
  if (conflicts.length === 1)
    return `Apply failed with 1 conflict: conflict with ${managerText(first!.manager)}: ${pathText(first!.path)}`;
  const lines: string[] = [];
  let last: string | undefined;
  for (const { manager, path } of conflicts) {
    const key = managerKey(manager);
    if (key !== last) lines.push(`conflicts with ${managerText(manager)}:`);
    lines.push(`- ${pathText(path)}`);
    last = key;
  }
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

function managerText({ manager, operation, apiVersion, subresource }: ManagerIdentity): string {
  const name = JSON.stringify(manager);
  const named = subresource === '' ? name : `${name} with subresource ${JSON.stringify(subresource)}`;
  return operation === 'Update' ? `${named} using ${apiVersion}` : named;
}
