import { forTerminal } from '../terminal/for-terminal.ts';

const MIN_WIDTH = 10;
const PADDING = 3;

/** Rows padded as kubeadm's tabwriter does it: columns of at least ten, three blanks apart. Others wrote the cells. */
export function alignColumns(cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(forTerminal));
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(MIN_WIDTH, ...rows.map((row) => (row[column]?.length ?? 0) + PADDING)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}
