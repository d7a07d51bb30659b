// What is chosen in a list, and which entry the keyboard is at.
import type { Entry } from '../api/client';

export class Selection {
  ids = $state.raw<ReadonlySet<number>>(new Set());
  active = $state(0); // index of the entry that has, or would get, the focus
  #anchor = 0;
  #kept: Entry[] = []; // what the indices are of

  constructor(private readonly list: () => Entry[]) {}

  get count() {
    return this.ids.size;
  }

  /** All that there is is chosen. */
  get whole() {
    return this.count === this.list().length;
  }

  get entries(): Entry[] {
    return this.ids.size ? this.list().filter((e) => this.ids.has(e.id)) : [];
  }

  clear() {
    if (this.ids.size) this.ids = new Set();
  }

  reset() {
    this.clear();
    this.active = this.#anchor = 0;
  }

  all() {
    this.ids = new Set(this.list().map((e) => e.id));
  }

  only(index: number) {
    const entry = this.list()[index];
    this.ids = new Set(entry ? [entry.id] : []);
    this.active = this.#anchor = index;
  }

  toggle(index: number) {
    const entry = this.list()[index];
    if (!entry) return;
    const ids = new Set(this.ids);
    if (!ids.delete(entry.id)) ids.add(entry.id);
    this.ids = ids;
    this.active = this.#anchor = index;
  }

  /** Chooses from the last entry chosen alone to index. */
  extend(index: number) {
    const [from, to] = [Math.min(this.#anchor, index), Math.max(this.#anchor, index)];
    this.ids = new Set(this.list().slice(from, to + 1).map((e) => e.id));
    this.active = index;
  }

  /** Follows entries to where they are now, and forgets those that are gone. */
  keep(entries: Entry[]) {
    const before = this.#kept;
    this.#kept = entries;
    const follow = (index: number) => {
      const id = before[index]?.id;
      const now = id === entries[index]?.id ? index : entries.findIndex((e) => e.id === id);
      return now < 0 ? index : now;
    };
    this.active = follow(this.active);
    this.#anchor = follow(this.#anchor);
    if (!this.ids.size) return;
    const there = new Set(entries.map((e) => e.id));
    const kept = [...this.ids].filter((id) => there.has(id));
    if (kept.length !== this.ids.size) this.ids = new Set(kept);
  }
}
