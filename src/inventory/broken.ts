import type { Path } from './problem.ts';

/** The places of an inventory whose value is wrong, and which nothing may be concluded from. */
export class BrokenPlaces {
  readonly #places = new Set<string>();
  readonly #above = new Set<string>();

  constructor(paths: readonly Path[]) {
    for (const path of paths) {
      this.#places.add(JSON.stringify(path));
      for (const prefix of prefixes(path)) this.#above.add(prefix);
    }
  }

  /** Whether the value at a path is wrong, or part of a wrong one. */
  holds(path: Path): boolean {
    return prefixes(path).some((prefix) => this.#places.has(prefix));
  }

  /** Whether the value at a path is wrong, part of a wrong one, or has a wrong one in it. */
  touches(path: Path): boolean {
    return this.holds(path) || this.#above.has(JSON.stringify(path));
  }
}

function prefixes(path: Path): string[] {
  return Array.from({ length: path.length + 1 }, (_, length) => JSON.stringify(path.slice(0, length)));
}
