// The entries of one folder: the first page at once, the others behind it, kept true by events.
import { api, ok, passes, type Entry } from '../api/client';
import { isWithin, join, nameOf, parent, rest } from '../api/path';
import type { Change } from '../state/events.svelte';
import { Turns } from '../state/turns';

export type Column = 'name' | 'size' | 'mtime';
export type Sort = { by: Column; order: 'asc' | 'desc' };

const pageSize = 1000;
const sortKey = 'hive.sort';

export class Listing {
  path = $state('/');
  entries = $state.raw<Entry[]>([]);
  loading = $state(true); // nothing can be shown yet
  complete = $state(false); // all entries are here
  error = $state.raw<unknown>();
  stale = $state(false); // what is shown may be old: the hive did not answer
  folder = $state.raw<Entry>(); // the folder itself; not for the top one
  sort = $state.raw<Sort>(keptSort());
  #run = 0;
  #turns = new Turns(() => this.#read(0));

  /** Shows the folder at path. */
  open(path: string) {
    this.path = path;
    this.entries = [];
    this.folder = undefined;
    this.loading = true;
    this.stale = false;
    this.error = undefined;
    void this.begin();
  }

  setSort(by: Column) {
    const order = this.sort.by === by && this.sort.order === 'asc' ? 'desc' : 'asc';
    this.sort = { by, order };
    localStorage.setItem(sortKey, JSON.stringify(this.sort));
    void this.begin();
  }

  /** Reads the folder anew; what is shown stays until then. */
  load = () => this.#turns.ask();

  get busy() {
    return this.#turns.busy;
  }

  /** As load, and does not wait for what is being read. */
  begin() {
    const run = ++this.#run;
    this.#turns = new Turns(() => this.#read(run));
    return this.load();
  }

  async #read(run: number) {
    if (run !== this.#run) return;
    this.complete = false;
    try {
      const here = this.path === '/' ? undefined : ok(api.GET('/api/v1/entries/{path}', { params: { path: { path: rest(this.path) } } }));
      let [page, folder] = await Promise.all([this.#page(undefined), here]);
      if (run !== this.#run) return;
      let fresh = page.items;
      const shown = this.entries.length;
      this.folder = folder;
      this.error = undefined;
      if (fresh.length >= shown || !page.next) this.entries = fresh;
      this.loading = false;
      while (page.next) {
        page = await this.#page(page.next);
        if (run !== this.#run) return;
        fresh = fresh.concat(page.items);
        if (fresh.length >= shown || !page.next) this.entries = fresh;
      }
      this.complete = true;
      this.stale = false;
    } catch (err) {
      if (run !== this.#run) return;
      if (!this.loading && !this.error && passes(err)) {
        this.complete = this.stale = true;
        return;
      }
      this.error = err;
      this.loading = false;
      this.entries = [];
    }
  }

  #page(after: string | undefined) {
    const query = { after, limit: pageSize, sort: this.sort.by, order: this.sort.order };
    return ok(api.GET('/api/v1/folders/{path}', { params: { path: { path: rest(this.path) }, query } }));
  }

  /** Puts an entry of this folder in its place, instead of the one that was there. */
  replace(entry: Entry) {
    if (parent(entry.path) !== this.path) return; // another folder is shown by now
    const others = this.entries.filter((e) => e.name !== entry.name && e.id !== entry.id);
    others.splice(place(others, entry, this.sort), 0, entry);
    this.entries = others;
  }

  /** Takes in what changed. Small folders are read anew, of large ones only what changed. */
  async apply(changes: Change[]) {
    const touched = new Set<string>();
    for (const c of changes) {
      if (c.path === this.path && c.kind !== 'update' && c.kind !== 'meta') return this.load(); // it went, or came back
      for (const path of [c.path, c.from]) {
        if (path && parent(path) === this.path) touched.add(nameOf(path));
        else if (path && path !== this.path && isWithin(this.path, path)) return this.load();
      }
    }
    if (!touched.size) return;
    if (!this.complete || this.entries.length <= pageSize || touched.size > 20) return this.load();
    const at = this.path;
    for (const name of touched) if (this.path === at) await this.#refresh(at, name);
  }

  async #refresh(at: string, name: string) {
    const path = join(at, name);
    try {
      this.replace(await ok(api.GET('/api/v1/entries/{path}', { params: { path: { path: rest(path) } } })));
    } catch (err) {
      if (this.path !== at) return; // another folder is shown by now
      if (passes(err)) this.stale = true;
      else this.entries = this.entries.filter((e) => e.name !== name);
    }
  }
}

/** Where entry belongs in a sorted list. */
export function place(list: Entry[], entry: Entry, sort: Sort): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(list[middle]!, entry, sort) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compare(a: Entry, b: Entry, { by, order }: Sort): number {
  if (a.kind !== b.kind) return a.kind === 'folder' ? -1 : 1;
  const names = a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1;
  const diff = by === 'size' ? a.size - b.size || names : by === 'mtime' ? Date.parse(a.mtime) - Date.parse(b.mtime) || names : names;
  return order === 'desc' ? -diff : diff;
}

function keptSort(): Sort {
  try {
    const kept = JSON.parse(localStorage.getItem(sortKey) ?? '') as Sort;
    if (['name', 'size', 'mtime'].includes(kept.by) && ['asc', 'desc'].includes(kept.order)) return kept;
  } catch {
    // none, or one of another version
  }
  return { by: 'name', order: 'asc' };
}
