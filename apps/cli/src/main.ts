#!/usr/bin/env bun
import { readEnvironment } from '@hawser/config';
import { shutdownSignal, systemClock } from '@hawser/runtime';
import { createProgram } from './program.ts';
import { linesForTerminal } from './terminal/for-terminal.ts';

try {
  const program = createProgram({
    environment: readEnvironment(),
    clock: systemClock,
    print: (text) => void process.stdout.write(text),
    printError: (text) => void process.stderr.write(text),
    signal: shutdownSignal(),
  });
  await program.parseAsync();
} catch (error) {
  const why = error instanceof Error ? error.message : String(error);
  process.stderr.write(`hawser: ${linesForTerminal(why)}\n`);
  process.exitCode = 1;
}
