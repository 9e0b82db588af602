import { spawn } from 'node:child_process';

/** Prints one line of progress. */
export function say(message) {
  console.log(`setup: ${message}`);
}

/**
 * Runs a command to its end and returns what it wrote to standard output. What it prints is kept back: a
 * set-up that works is quiet, and one that fails says why in one line (the last that the command complained).
 */
export function runCommand(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', (error) => reject(new Error(`${command}: ${error.message}`)));
    child.on('close', (code) => {
      if (code === 0) resolve(stdout);
      else
        reject(
          new Error(
            `${command} ${args[0] ?? ''} failed (${code}): ${complaint(stderr) || complaint(stdout)}`,
          ),
        );
    });
  });
}

/** The line that says most: the first error, else the last line. */
function complaint(output) {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  return lines.find((line) => /^(error|e:|npm err)/i.test(line)) ?? lines.at(-1) ?? '';
}
