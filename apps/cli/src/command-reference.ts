import { systemClock } from '@hawser/runtime';
import type { Command } from 'commander';
import { createProgram } from './program.ts';

/** Prints `--help` of every command, as Markdown, for docs/reference: the same whoever runs it and wherever. */
const program = createProgram({
  environment: { home: '.hawser', port: 6443, path: '' },
  clock: systemClock,
  print: () => {},
  printError: () => {},
  signal: new AbortController().signal,
});

const WIDTH = 110;

function* sections(command: Command, path: string): Generator<string> {
  for (const each of command.commands) {
    const name = `${path} ${each.name()}`;
    each.configureHelp({ helpWidth: WIDTH });
    if (each.commands.length > 0) yield* sections(each, name);
    else yield `## ${name}\n\n\`\`\`\n${each.helpInformation().trimEnd()}\n\`\`\`\n`;
  }
}

process.stdout.write([...sections(program, program.name())].join('\n'));
