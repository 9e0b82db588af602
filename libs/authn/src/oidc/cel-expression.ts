import { Environment } from '@marcbachmann/cel-js';
import { ClaimError, type Claims } from './claims.ts';

/** An expression that was read and whose types were checked. */
export interface CelExpression {
  readonly text: string;
  /** Whether it looks at a claim, such as `claims.email` or `claims.?email`. */
  usesClaim(name: string): boolean;
  /** @throws ClaimError where it cannot be reckoned with these values. */
  evaluate(values: object): unknown;
}

/** An expression that is none, or does not fit where it stands. */
export class CelError extends Error {
  override name = 'CelError';
}

/** What an expression may give; `texts` is text or a list of texts. */
export type CelResult = 'bool' | 'text' | 'texts';

const LIMITS = {
  maxAstNodes: 4_096,
  maxDepth: 64,
  maxListElements: 256,
  maxMapEntries: 256,
  maxCallArguments: 16,
};
const settings = { enableOptionalTypes: true, homogeneousAggregateLiterals: false, limits: LIMITS };

const overClaims = new Environment(settings).registerVariable('claims', 'map<string, dyn>');
const overUser = new Environment(settings).registerVariable({
  name: 'user',
  schema: { username: 'string', uid: 'string', groups: 'list<string>', extra: 'map<string, list<string>>' },
} as never);

const RESULTS: Readonly<Record<CelResult, { types: readonly string[]; says: string }>> = {
  bool: { types: ['bool'], says: 'must evaluate to bool' },
  text: { types: ['string'], says: 'must evaluate to string' },
  texts: {
    types: ['string', 'list<string>', 'list', 'list<dyn>', 'null'],
    says: 'must evaluate to one of [string list]',
  },
};

/** Reads an expression over `claims`. @throws CelError */
export function claimsExpression(text: string, result: CelResult): CelExpression {
  return compiled(overClaims, text, result);
}

/** Reads an expression over `user`, which gives a bool. @throws CelError */
export function userExpression(text: string): CelExpression {
  return compiled(overUser, text, 'bool');
}

/** JSON's numbers as CEL has them: whole ones are ints. */
export function celValueOf(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(celValueOf);
  if (typeof value !== 'object' || value === null) return value;
  return new Map(Object.entries(value).map(([key, each]) => [key, celValueOf(each)]));
}

/** Claims as `claims`. */
export const celClaims = (claims: Claims) => ({ claims: celValueOf(claims) });

function compiled(environment: Environment, text: string, result: CelResult): CelExpression {
  const expression = parsed(environment, text);
  const { valid, type, error } = expression.check();
  if (!valid) throw new CelError(`compilation failed: ${firstLine(error)}`);
  const { types, says } = RESULTS[result];
  // What a claim is can be told only when there is one.
  if (type !== undefined && type !== 'dyn' && !types.includes(type)) throw new CelError(says);
  return {
    text,
    usesClaim: (name) => selects(expression.ast, name),
    evaluate(values) {
      try {
        return expression(values);
      } catch (error) {
        throw new ClaimError(`expression ${JSON.stringify(text)} resulted in error: ${firstLine(error)}`);
      }
    },
  };
}

function parsed(environment: Environment, text: string) {
  try {
    return environment.parse(text);
  } catch (error) {
    throw new CelError(`compilation failed: ${firstLine(error)}`);
  }
}

/** The lines after the first draw the place. */
function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!;
}

interface AstNode {
  readonly op: string;
  readonly args: unknown;
}

/** Whether somewhere in a tree `claims.NAME`, `claims.?NAME` or `claims["NAME"]` stands. */
function selects(node: unknown, name: string): boolean {
  if (Array.isArray(node)) return node.some((each) => selects(each, name));
  if (typeof node !== 'object' || node === null || !('op' in node)) return false;
  const { op, args } = node as AstNode;
  const [of, selected] = Array.isArray(args) ? args : [];
  const isClaims = (of as AstNode | undefined)?.op === 'id' && (of as AstNode).args === 'claims';
  const selectedName = typeof selected === 'string' ? selected : (selected as AstNode | undefined)?.args;
  if (isClaims && /^[.[]/.test(op) && selectedName === name) return true;
  return selects(args, name);
}
