import type { AnyMessage, Field } from '../schema/fields.ts';

/**
 * Fills in the defaults that the tables declare, in place, in every structure that is present. Defaults that
 * depend on other fields are a strategy's affair. Appliers are made once per table and kept.
 */

type Applier = (value: Record<string, unknown>) => void;

const appliers = new WeakMap<AnyMessage, Applier>();

export function applyDefaults(message: AnyMessage, value: Record<string, unknown>): void {
  applier(message)(value);
}

function applier(message: AnyMessage): Applier {
  let made = appliers.get(message);
  if (made === undefined) {
    const steps: Applier[] = [];
    made = (value) => {
      for (const step of steps) step(value);
    };
    // Kept before its steps are made: a table may contain itself.
    appliers.set(message, made);
    steps.push(
      ...Object.entries(message.fields as Record<string, Field>).flatMap(([name, field]) =>
        stepFor(name, field),
      ),
    );
  }
  return made;
}

function stepFor(name: string, field: Field): Applier[] {
  if (field.options.default !== undefined) {
    const fallback = field.options.default;
    return [(value) => fillIn(value, name, fallback)];
  }
  if (typeof field.type === 'string') return [];
  const inner = applier(field.type);
  if (field.shape === 'inline') return [inner];
  return [(value) => forEachElement(field.shape, value[name], inner)];
}

function forEachElement(shape: Field['shape'], value: unknown, apply: Applier): void {
  if (value === undefined) return;
  if (shape === 'one') apply(value as Record<string, unknown>);
  else for (const item of Object.values(value as object)) apply(item);
}

/** A present empty string counts as absent, as Go's zero values do. */
function fillIn(value: Record<string, unknown>, name: string, fallback: unknown): void {
  if (value[name] === undefined || value[name] === '') value[name] = fallback;
}
