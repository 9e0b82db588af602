import { SelectorError } from './label-selector.ts';

/** `field=value` or `field!=value` (apimachinery/pkg/fields). */
export interface FieldRequirement {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

/**
 * Parses `a=b,c!=d`; a backslash takes the next character for what it is.
 * @throws SelectorError on a part that is neither.
 */
export function parseFieldSelector(text: string): readonly FieldRequirement[] {
  if (text === '') return [];
  return splitUnescaped(text).map((part) => {
    const match = /^((?:[^\\=!]|\\.)+?)(==|!=|=)(.*)$/s.exec(part);
    if (match === null) throw new SelectorError(`invalid selector: '${text}'; can't understand '${part}'`);
    const [, field, operator, value] = match;
    return { field: field!.trim(), equal: operator !== '!=', value: value!.replace(/\\(.)/gs, '$1') };
  });
}

function splitUnescaped(text: string): string[] {
  return text.match(/(?:[^\\,]|\\.)+/gs) ?? [];
}
