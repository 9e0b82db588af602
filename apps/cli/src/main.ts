#!/usr/bin/env bun
import { readEnvironment } from '@hawser/config';
import { shutdownSignal, systemClock } from '@hawser/runtime';
import { createProgram } from './program.ts';

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
  process.stderr.write(`hawser: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
