// Paths of entries: absolute, "/" between names, "/" for the top folder.

export const join = (folder: string, name: string) => (folder === '/' ? '/' : folder + '/') + name;

export function parent(path: string): string {
  const at = path.lastIndexOf('/');
  return at <= 0 ? '/' : path.slice(0, at);
}

/** A name as long as it has room in a sentence. */
export function brief(name: string): string {
  const all = [...name];
  return all.length <= 48 ? name : all.slice(0, 24).join('') + '…' + all.slice(-20).join('');
}

/** How a folder is called: its path, and home for the top one. */
export const placeName = (path: string, home: string) => (path === '/' ? home : path);

export const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

export const isWithin = (path: string, folder: string) => folder === '/' || path === folder || path.startsWith(folder + '/');

/** Whether an entry may be called so; the hive looks closer. */
export const isName = (name: string) => name !== '' && name !== '.' && name !== '..' && !name.includes('/');

/** A path for a URL, each name escaped. */
export const escaped = (path: string) => path.split('/').map(encodeURIComponent).join('/');

/** A path for a route that ends in {path}. */
export const rest = (path: string) => path.replace(/^\//, '');

/** The name without its extension, and the extension with its dot. */
export function splitName(name: string): [string, string] {
  const at = name.lastIndexOf('.');
  return at <= 0 ? [name, ''] : [name.slice(0, at), name.slice(at)];
}

export const contentURL = (path: string, options: { inline?: boolean; revision?: number } = {}) => {
  const query = new URLSearchParams();
  if (options.inline) query.set('inline', 'true');
  if (options.revision) query.set('revision', String(options.revision));
  const text = query.toString();
  return '/api/v1/files' + escaped(path) + (text ? '?' + text : '');
};

/** A zip of a folder, or of some of its entries. */
export const archiveURL = (path: string, names: string[] = []) =>
  '/api/v1/archive' + escaped(path) + (names.length ? '?' + new URLSearchParams(names.map((n) => ['entry', n])).toString() : '');

type Pictured = { path: string; root?: string; thumbnail?: boolean; absent?: boolean };

/** Where a small picture of a file is, if there may be one. That of a content never changes. */
export const thumbnail = (e: Pictured) => (e.thumbnail && !e.absent ? `/api/v1/thumbnails${escaped(e.path)}?size=small&root=${e.root ?? ''}` : undefined);
