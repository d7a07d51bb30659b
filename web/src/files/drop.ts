// Files and whole folders that are dropped, or chosen by a file dialog.
import { join } from '../api/path';

/** base: the folder that is there, to which all was brought. Those between it and the file may have to be made. */
export type Picked = { file: File; path: string; base: string };

/** Files of a file dialog; those of a chosen folder keep their places in it. */
export const pickedFrom = (files: Iterable<File>, folder: string): Picked[] =>
  [...files].map((file) => ({ file, path: join(folder, file.webkitRelativePath || file.name), base: folder }));

// folders: those with nothing in them. unread: how many entries could not be read.
type Drop = { files: Picked[]; folders: string[]; unread: number };

/** Files of a drop. Must be called in the event itself: the browser forgets it afterwards. */
export async function dropped(data: DataTransfer, base: string): Promise<Drop> {
  const roots = [...data.items].filter((i) => i.kind === 'file').map((i) => i.webkitGetAsEntry() ?? i.getAsFile());
  const drop: Drop = { files: [], folders: [], unread: 0 };
  const add = (file: File, path: string) => drop.files.push({ file, path, base });
  const enter = async (entry: FileSystemEntry, folder: string) => {
    const path = join(folder, entry.name);
    try {
      if (entry.isFile) add(await new Promise<File>((yes, no) => (entry as FileSystemFileEntry).file(yes, no)), path);
      else if (!(await walk(entry as FileSystemDirectoryEntry, (child) => enter(child, path)))) drop.folders.push(path);
    } catch {
      drop.unread++;
    }
  };
  for (const root of roots) {
    if (root instanceof File) add(root, join(base, root.name));
    else if (root) await enter(root, base);
  }
  return drop;
}

/** Calls f for each entry of a folder. Says whether there are any. */
async function walk(folder: FileSystemDirectoryEntry, f: (entry: FileSystemEntry) => Promise<void>): Promise<boolean> {
  const reader = folder.createReader();
  let any = false;
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((yes, no) => reader.readEntries(yes, no)); // at most 100 at a time
    if (!some.length) return any;
    any = true;
    for (const entry of some) await f(entry);
  }
}
