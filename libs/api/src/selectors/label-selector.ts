/** Label selectors in their text form, as in `-l` and `?labelSelector=` (apimachinery/pkg/labels). */

export class SelectorError extends Error {
  override name = 'SelectorError';
}

export type Operator = '=' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

export type Labels = Readonly<Record<string, string>>;
/** All requirements must hold; an empty selector matches everything. */
export type Selector = readonly Requirement[];

const KEY = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/**
 * Parses `a=b,c!=d,e in (f,g),!h,i`.
 * @throws SelectorError naming what was not understood.
 */
export function parseLabelSelector(text: string): Selector {
  const tokens = text.match(/\s+|[(),]|!=|==|=|!|>|<|[^\s(),!=<>]+/g)?.filter((t) => t.trim() !== '') ?? [];
  const selector: Requirement[] = [];
  let at = 0;
  const next = () => tokens[at++];
  const fail = (): never => {
    throw new SelectorError(
      `unable to parse requirement: found '${tokens[at - 1] ?? ''}', in ${JSON.stringify(text)}`,
    );
  };
  const requirement = (): Requirement => {
    const first = next();
    if (first === '!') return { key: checkKey(next()), operator: '!', values: [] };
    const key = checkKey(first);
    const operator = tokens[at];
    if (operator === undefined || operator === ',') return { key, operator: 'exists', values: [] };
    at += 1;
    if (operator === '=' || operator === '==') return { key, operator: '=', values: [oneValue()] };
    if (operator === '!=') return { key, operator: '!=', values: [oneValue()] };
    if (operator === '>' || operator === '<')
      return { key, operator: operator === '>' ? 'gt' : 'lt', values: [integer()] };
    if (operator === 'in' || operator === 'notin') return { key, operator, values: valueList() };
    return fail();
  };
  const oneValue = () => (tokens[at] === undefined || tokens[at] === ',' ? '' : checkValue(next()));
  const integer = () => {
    const value = oneValue();
    if (!/^-?\d+$/.test(value))
      throw new SelectorError(`for 'Gt', 'Lt' operators, the value must be an integer`);
    return value;
  };
  const valueList = () => {
    if (next() !== '(') fail();
    const values: string[] = [];
    while (tokens[at] !== ')') {
      values.push(tokens[at] === ',' ? '' : checkValue(next()));
      if (tokens[at] === ',') at += 1;
      else if (tokens[at] !== ')') fail();
    }
    at += 1;
    return values;
  };
  while (at < tokens.length) {
    selector.push(requirement());
    if (at < tokens.length && next() !== ',') fail();
  }
  return selector;
}

function checkKey(key: string | undefined): string {
  if (key === undefined || !KEY.test(key))
    throw new SelectorError(`unable to parse requirement: invalid label key ${JSON.stringify(key ?? '')}`);
  return key;
}

function checkValue(value: string | undefined): string {
  if (value === undefined || !VALUE.test(value))
    throw new SelectorError(
      `unable to parse requirement: invalid label value ${JSON.stringify(value ?? '')}`,
    );
  return value;
}

/** Whether labels meet every requirement. */
export function matchesLabels(selector: Selector, labels: Labels = {}): boolean {
  return selector.every((requirement) => meets(requirement, labels));
}

function meets({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case '=':
    case 'in':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case 'gt':
      return isInteger(value) && Number(value) > Number(values[0]);
    case 'lt':
      return isInteger(value) && Number(value) < Number(values[0]);
  }
}

function isInteger(value: string | undefined): value is string {
  return value !== undefined && /^-?\d+$/.test(value);
}

interface LabelSelectorObject {
  matchLabels?: { [key: string]: string };
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

const OPERATORS: Readonly<Record<string, Operator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
  Gt: 'gt',
  Lt: 'lt',
};

/**
 * The selector of a `metav1.LabelSelector`: an empty one matches everything; use nothing where it is absent.
 * @throws SelectorError on an operator that is not one.
 */
export function selectorOf({ matchLabels = {}, matchExpressions = [] }: LabelSelectorObject): Selector {
  const equal = Object.entries(matchLabels).map(
    ([key, value]): Requirement => ({ key, operator: '=', values: [value] }),
  );
  const expressions = matchExpressions.map(({ key, operator, values = [] }): Requirement => {
    const known = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
    if (known === undefined)
      throw new SelectorError(`${JSON.stringify(operator)} is not a valid label selector operator`);
    return { key, operator: known, values };
  });
  return [...equal, ...expressions];
}
