const WORD = /(?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+/gs;
const PART = /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^'"\\]+)/gs;

/** The words of a command line as a POSIX shell splits it: quotes and backslashes, and nothing else of a shell. */
export function splitWords(line: string): string[] {
  return [...line.matchAll(WORD)].map(([word]) =>
    [...word.matchAll(PART)]
      .map(([, single, double, escaped, plain]) => single ?? withoutEscapes(double) ?? escaped ?? plain ?? '')
      .join(''),
  );
}

/** Between double quotes a backslash keeps its meaning before few characters only. */
function withoutEscapes(text: string | undefined): string | undefined {
  return text?.replaceAll(/\\(["\\$`])/g, '$1');
}
