import { SelectorError } from './label-selector.ts';

/** `field=value` or `field!=value` (apimachinery/pkg/fields). */
export interface FieldRequirement {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

/**
 * Parses `a=b,c!=d`; in a value a backslash takes a comma, an equals sign or a backslash for what it is.
 * @throws SelectorError on a part that is neither.
 */
export function parseFieldSelector(text: string): readonly FieldRequirement[] {
  return splitTerms(text).map((term) => {
    const match = /^([^=!]+)(==|!=|=)(.*)$/s.exec(term);
    if (match === null) throw new SelectorError(`invalid selector: '${text}'; can't understand '${term}'`);
    const [, field, operator, value] = match;
    return { field: field!.trim(), equal: operator !== '!=', value: unescapeValue(value!) };
  });
}

/** At commas that no backslash stands before. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === ',') {
      terms.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...terms, text.slice(start)].filter((term) => term !== '');
}

function unescapeValue(value: string): string {
  let plain = '';
  for (let at = 0; at < value.length; at += 1) {
    const character = value[at]!;
    if (character === '\\') {
      at += 1;
      const escaped = value[at];
      if (escaped !== '\\' && escaped !== ',' && escaped !== '=')
        throw new SelectorError(`invalid field selector: invalid escape sequence: \\${escaped ?? ''}`);
      plain += escaped;
    } else if (character === '=')
      throw new SelectorError(`invalid field selector: unescaped character in value: ${character}`);
    else plain += character;
  }
  return plain;
}
