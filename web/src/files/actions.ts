// What a person does to entries: each tells how it went and, where it can be undone, how.
import { api, ok, Problem, type Entry } from '../api/client';
import { archiveURL, brief, contentURL, join, nameOf, parent, rest } from '../api/path';
import { toasts } from '../state/toasts.svelte';
import { say } from '../text/index.svelte';

const atOnce = 4;
const most = 10_000; // entries that a zip takes by name

/** Calls f for all, a few at a time; gives what came and throws the first error at the end. */
async function each<T, R>(list: T[], f: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const faults: unknown[] = [];
  let next = 0;
  const worker = async () => {
    while (next < list.length) {
      const item = list[next++]!;
      await f(item).then((r) => results.push(r), (err) => faults.push(err));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  if (faults.length) toasts.error(faults[0]);
  return results;
}

const undo = (run: () => Promise<unknown>) => ({ label: say().common.undo, run: () => void run().catch((err) => toasts.error(err)) });

const removeOne = (e: Entry) => ok(api.DELETE('/api/v1/files/{path}', { params: { path: { path: rest(e.path) } } }));

/** Ends shares of others that one has; there is no way back. */
export async function leave(mounts: Entry[]): Promise<void> {
  const left = await each(mounts, async (e) => (await removeOne(e), e));
  if (left.length) toasts.show(say().sharing.left(left.length, brief(left[0]!.name)));
}

export async function remove(entries: Entry[]): Promise<void> {
  const trashed = await each(entries, removeOne);
  if (!trashed.length) return;
  toasts.show(say().files.removed(trashed.length, brief(trashed[0]!.name)), {
    action: undo(() => each(trashed, (t) => ok(api.POST('/api/v1/trash/{id}/restore', { params: { path: { id: t.id } }, body: {} })))),
  });
}

const transfer = (route: '/api/v1/move' | '/api/v1/copy', from: string, to: string) => ok(api.POST(route, { body: { from, to } }));

export async function rename(entry: Entry, name: string): Promise<Entry> {
  const to = join(parent(entry.path), name);
  const renamed = await transfer('/api/v1/move', entry.path, to);
  toasts.show(say().files.renamed(brief(name)), { action: undo(() => transfer('/api/v1/move', to, entry.path)) });
  return renamed;
}

export async function move(entries: { path: string }[], folder: string): Promise<void> {
  const going = entries.map((e) => ({ from: e.path, to: join(folder, nameOf(e.path)) })).filter((m) => m.from !== m.to);
  const moved = await each(going, async (m) => (await transfer('/api/v1/move', m.from, m.to), m));
  if (!moved.length) return;
  toasts.show(say().files.moved(moved.length, brief(nameOf(moved[0]!.to))), {
    action: undo(() => each(moved, (m) => transfer('/api/v1/move', m.to, m.from))),
  });
}

export async function copy(entries: Entry[], folder: string): Promise<void> {
  const copied = await each(entries, (e) => transfer('/api/v1/copy', e.path, join(folder, e.name)));
  if (!copied.length) return;
  toasts.show(say().files.copied(copied.length, brief(copied[0]!.name)), {
    action: undo(() => each(copied, (e) => ok(api.DELETE('/api/v1/files/{path}', { params: { path: { path: rest(e.path) } } })))),
  });
}

export const makeFolder = (path: string) => ok(api.PUT('/api/v1/folders/{path}', { params: { path: { path: rest(path) } } }));

/** Makes the folder at path and those above it, but not base nor what is above that. Those of made are there already. */
export async function makeFolders(path: string, base: string, made = new Set<string>()): Promise<void> {
  if (path === base || made.has(path)) return;
  await makeFolders(parent(path), base, made);
  await makeFolder(path).catch((err) => (err instanceof Problem && err.code === 'exists' ? undefined : Promise.reject(err)));
  made.add(path);
}

export const downloadURL = (entry: Entry) => (entry.kind === 'folder' ? archiveURL(entry.path) : contentURL(entry.path));

const longest = 4000; // bytes of a URL that every proxy takes

/** Where a zip of some entries of a folder comes from. What a URL has no room for is said to the hive before. */
async function zipURL(folder: string, entries: Entry[]): Promise<string> {
  const names = entries.map((e) => e.name);
  const url = archiveURL(folder, names);
  if (url.length < longest) return url;
  return (await ok(api.POST('/api/v1/archives', { body: { path: folder, entries: names } }))).url;
}

/** Downloads entries of one folder: a file as it is, all else as one zip. all: there are no others in it. */
export async function download(entries: Entry[], all = false): Promise<void> {
  const [first, ...others] = entries;
  if (!first) return;
  const link = document.createElement('a');
  if (!others.length) link.href = downloadURL(first);
  else if (all && others.length >= most) link.href = archiveURL(parent(first.path));
  else link.href = await zipURL(parent(first.path), entries);
  link.download = '';
  link.click();
}

/** Removes what is at paths, of which one knows no more. Gives the shares of others, which are not removed before one is asked. */
export async function removePaths(paths: string[]): Promise<Entry[]> {
  const found = await each(paths, (path) => ok(api.GET('/api/v1/entries/{path}', { params: { path: { path: rest(path) } } })));
  await remove(found.filter((e) => !e.mount));
  return found.filter((e) => e.mount);
}
