/** Waits, turn by turn, until something is so; the test's own deadline ends it otherwise. */
export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

/** Waits until a number stays as it is. */
export async function settled(value: () => number): Promise<void> {
  for (let before = -1, same = 0; same < 500; before = value()) {
    same = value() === before ? same + 1 : 0;
    await new Promise(setImmediate);
  }
}
