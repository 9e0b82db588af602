import { type PathElement, sortedPathElements } from './path-element.ts';

export type Path = readonly PathElement[];

/**
 * A set of fields of an object, as a tree of path elements (structured-merge-diff, fieldpath.Set). A field may be
 * a member without its parts, and the other way round. The operations make new sets, which share parts with the
 * old ones: a set is not changed once it has been made.
 */
export class FieldSet {
  constructor(
    readonly members: ReadonlySet<PathElement>,
    readonly children: ReadonlyMap<PathElement, FieldSet>,
  ) {}

  static readonly EMPTY = new FieldSet(new Set(), new Map());

  static of(...paths: Path[]): FieldSet {
    const builder = new FieldSetBuilder();
    for (const path of paths) builder.insert(path);
    return builder.build();
  }

  get isEmpty(): boolean {
    if (this.members.size > 0) return false;
    for (const child of this.children.values()) if (!child.isEmpty) return false;
    return true;
  }

  has(path: Path): boolean {
    let set: FieldSet | undefined = this;
    for (const element of path.slice(0, -1)) set = set?.children.get(element);
    return path.length > 0 && set !== undefined && set.members.has(path[path.length - 1]!);
  }

  /** What lies below an element. */
  child(element: PathElement): FieldSet {
    return this.children.get(element) ?? FieldSet.EMPTY;
  }

  union(other: FieldSet): FieldSet {
    const children = new Map(this.children);
    for (const [element, theirs] of other.children) {
      const ours = children.get(element);
      children.set(element, ours === undefined ? theirs : ours.union(theirs));
    }
    return new FieldSet(this.members.union(other.members), children);
  }

  intersection(other: FieldSet): FieldSet {
    return this.#narrowed(this.members.intersection(other.members), (element, ours) =>
      ours.intersection(other.child(element)),
    );
  }

  /** A member goes where the other set has the very same; its parts stay unless they are named there too. */
  difference(other: FieldSet): FieldSet {
    return this.#narrowed(this.members.difference(other.members), (element, ours) => {
      const theirs = other.children.get(element);
      return theirs === undefined ? ours : ours.difference(theirs);
    });
  }

  /** As `difference`, but a member takes all its parts with it. */
  without(other: FieldSet): FieldSet {
    return this.#narrowed(this.members.difference(other.members), (element, ours) => {
      if (other.members.has(element)) return FieldSet.EMPTY;
      const theirs = other.children.get(element);
      return theirs === undefined ? ours : ours.without(theirs);
    });
  }

  equals(other: FieldSet): boolean {
    return this.difference(other).isEmpty && other.difference(this).isEmpty;
  }

  /** Every member, parents before their parts, in the order of FieldsV1. */
  *paths(prefix: Path = []): Generator<Path> {
    for (const element of sortedPathElements(this.members)) yield [...prefix, element];
    for (const element of sortedPathElements(this.children.keys()))
      yield* this.child(element).paths([...prefix, element]);
  }

  #narrowed(
    members: ReadonlySet<PathElement>,
    narrow: (element: PathElement, child: FieldSet) => FieldSet,
  ): FieldSet {
    const children = new Map<PathElement, FieldSet>();
    for (const [element, child] of this.children) {
      const narrowed = narrow(element, child);
      if (!narrowed.isEmpty) children.set(element, narrowed);
    }
    return new FieldSet(members, children);
  }
}

/** Gathers the fields of a set that is about to be made. */
export class FieldSetBuilder {
  readonly #members = new Set<PathElement>();
  readonly #children = new Map<PathElement, FieldSetBuilder>();

  insert(path: Path): void {
    if (path.length === 0) return;
    let at: FieldSetBuilder = this;
    for (const element of path.slice(0, -1)) at = at.#descend(element);
    at.#members.add(path[path.length - 1]!);
  }

  build(): FieldSet {
    const children = new Map<PathElement, FieldSet>();
    for (const [element, child] of this.#children) children.set(element, child.build());
    return new FieldSet(this.#members, children);
  }

  #descend(element: PathElement): FieldSetBuilder {
    let child = this.#children.get(element);
    if (child === undefined) {
      child = new FieldSetBuilder();
      this.#children.set(element, child);
    }
    return child;
  }
}
