import { isJsonObject } from '../json-object.ts';
import {
  type ApplyType,
  type ListType,
  type MapType,
  resolved,
  type ScalarType,
  typeUnder,
} from './apply-type.ts';
import { elementOfItem } from './list-item.ts';
import { fieldElement, pathElementText } from './path-element.ts';

const MAX_FAULTS = 100;

/**
 * What keeps a value from being applied (structured-merge-diff, typed/validate.go): fields that the table does not
 * have, values of the wrong type, items that cannot be told apart. Values are not said back: they may be secret.
 * @returns `.spec.x: field not declared in schema` and the like; of very many the first.
 */
export function applyFaults(type: ApplyType, value: unknown): string[] {
  const faults: string[] = [];
  visit(type, value, '', (path, fault) => {
    if (faults.length < MAX_FAULTS) faults.push(path === '' ? fault : `${path}: ${fault}`);
  });
  return faults;
}

/** The faults as one message. */
export function faultsText(faults: readonly string[]): string {
  return faults.length === 1 ? faults[0]! : ['errors:', ...faults.map((fault) => `  ${fault}`)].join('\n');
}

type Report = (path: string, fault: string) => void;

function visit(declared: ApplyType, value: unknown, path: string, report: Report): void {
  if (value === null) return;
  const type = resolved(declared, value);
  if (type.is === 'scalar') visitScalar(type, value, path, report);
  else if (type.is === 'list') visitList(type, value, path, report);
  else visitMap(type, value, path, report);
}

const EXPECTED: Readonly<Record<ScalarType['accepts'], string>> = {
  numeric: 'numeric (int or float)',
  string: 'string',
  boolean: 'boolean',
  untyped: 'any scalar',
};
const ACCEPTED: Readonly<Record<ScalarType['accepts'], readonly string[]>> = {
  numeric: ['number'],
  string: ['string'],
  boolean: ['bool'],
  untyped: ['number', 'string', 'bool'],
};

function visitScalar({ accepts }: ScalarType, value: unknown, path: string, report: Report): void {
  if (!ACCEPTED[accepts].includes(typeName(value)))
    report(path, `expected ${EXPECTED[accepts]}, got ${typeName(value)}`);
}

function visitList(type: ListType, value: unknown, path: string, report: Report): void {
  if (!Array.isArray(value)) {
    report(path, `expected list, got ${typeName(value)}`);
    return;
  }
  const seen = new Set<string>();
  for (const [i, item] of value.entries()) {
    const found = type.atomic ? { element: `i:${i}` } : elementOfItem(type, item);
    if ('fault' in found) {
      report(path, `element ${i}: ${found.fault}`);
      return;
    }
    const text = pathElementText(found.element);
    if (seen.has(found.element)) report(path, `duplicate entries for key ${text}`);
    seen.add(found.element);
    visit(type.element, item, path + text, report);
  }
}

function visitMap(type: MapType, value: unknown, path: string, report: Report): void {
  if (!isJsonObject(value)) {
    report(path, `expected map, got ${typeName(value)}`);
    return;
  }
  for (const [name, part] of Object.entries(value)) {
    const at = path + pathElementText(fieldElement(name));
    const inner = typeUnder(type, name);
    if (inner === undefined) report(at, 'field not declared in schema');
    else visit(inner, part, at, report);
  }
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  if (isJsonObject(value)) return 'map';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
