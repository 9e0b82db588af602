import {
  type AnyMessage,
  duplicate,
  type Field,
  type FieldError,
  notSupported,
  ObjectMeta,
  PodSpec,
  required,
  Taint,
} from '@hawser/api';

/**
 * The faults that a kind's table can tell: required values that are missing, values outside an enumeration,
 * list items that repeat their key. Validators are made once per table and kept.
 */

type Value = Record<string, unknown>;
type Validator = (value: Value, path: string, faults: FieldError[]) => void;

const validators = new WeakMap<AnyMessage, Validator>();

/**
 * Structures whose rules are written out: upstream lets pass some of what a table would refuse (variables and
 * ports that stand twice are only warned of), and words the rest its own way. Whoever embeds a PodSpec calls
 * `podSpecFaults` on it.
 */
const OWN_RULES: ReadonlySet<AnyMessage> = new Set<AnyMessage>([PodSpec, Taint]);

/** Faults of an object's own fields; metadata and status have rules of their own. */
export function validateSchema(message: AnyMessage, object: Value): FieldError[] {
  const faults: FieldError[] = [];
  for (const [name, field] of Object.entries(message.fields as Record<string, Field>))
    if (name !== 'metadata' && name !== 'status') validateField(name, field)(object, '', faults);
  return faults;
}

function validatorOf(message: AnyMessage): Validator {
  let made = validators.get(message);
  if (made === undefined) {
    const steps: Validator[] = [];
    made = (value, path, faults) => {
      for (const step of steps) step(value, path, faults);
    };
    // Kept before its steps are made: a table may contain itself.
    validators.set(message, made);
    // What a template says of metadata is for objects that have no names yet.
    if (message === ObjectMeta) return made;
    steps.push(
      ...Object.entries(message.fields as Record<string, Field>).map(([name, field]) =>
        validateField(name, field),
      ),
    );
  }
  return made;
}

function validateField(name: string, field: Field): Validator {
  const inner = typeof field.type === 'string' ? undefined : validatorOf(field.type);
  if (field.shape === 'inline') return inner!;
  const { options } = field;
  return (value, path, faults) => {
    const at = path === '' ? name : `${path}.${name}`;
    const found = value[name];
    if (found === undefined || found === '') {
      if (options.required && field.shape === 'one' && (inner !== undefined || field.type === 'string'))
        faults.push(required(at));
      return;
    }
    if (OWN_RULES.has(field.type as AnyMessage)) return;
    if (field.shape === 'one') {
      if (options.enum !== undefined && !options.enum.includes(found as string))
        faults.push(notSupported(at, found, options.enum));
      inner?.(found as Value, at, faults);
    } else if (field.shape === 'list') validateItems(found as unknown[], at, field, inner, faults);
    else
      for (const [key, item] of Object.entries(found as Value))
        inner?.(item as Value, `${at}[${key}]`, faults);
  };
}

function validateItems(
  items: unknown[],
  at: string,
  { options }: Field,
  inner: Validator | undefined,
  faults: FieldError[],
): void {
  const seen = new Set<string>();
  items.forEach((item, i) => {
    if (options.enum !== undefined && !options.enum.includes(item as string))
      faults.push(notSupported(options.enumFaultsAt === 'list' ? at : `${at}[${i}]`, item, options.enum));
    inner?.(item as Value, `${at}[${i}]`, faults);
    const key = identityOf(item, options);
    if (key === undefined) return;
    if (seen.has(key.id)) faults.push(duplicate(`${at}[${i}]${key.suffix}`, key.shown));
    seen.add(key.id);
  });
}

/** What tells an item of a set or a map-like list from its siblings. */
function identityOf(item: unknown, { listType, mapKeys }: Field['options']) {
  if (listType === 'set') return { id: JSON.stringify(item), suffix: '', shown: item };
  if (mapKeys === undefined) return undefined;
  const values = mapKeys.map((key) => (item as Value)[key]);
  const [only] = mapKeys;
  const single = mapKeys.length === 1;
  if (single && values[0] === undefined) return undefined;
  return {
    id: JSON.stringify(values),
    suffix: single ? `.${only}` : '',
    shown: single ? values[0] : Object.fromEntries(mapKeys.map((key, i) => [key, values[i]])),
  };
}
