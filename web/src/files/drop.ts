// Files and whole folders that are dropped, or chosen by a file dialog.
import { join } from '../api/path';

export type Picked = { file: File; path: string };

/** Files of a file dialog; those of a chosen folder keep their places in it. */
export const pickedFrom = (files: Iterable<File>, folder: string): Picked[] =>
  [...files].map((file) => ({ file, path: join(folder, file.webkitRelativePath || file.name) }));

/** Files of a drop. Must be called in the event itself: the browser forgets it afterwards. */
export async function dropped(data: DataTransfer, folder: string): Promise<{ files: Picked[]; folders: string[] }> {
  const roots = [...data.items].filter((i) => i.kind === 'file').map((i) => i.webkitGetAsEntry() ?? i.getAsFile());
  const files: Picked[] = [];
  const folders: string[] = [];
  for (const root of roots) {
    if (root instanceof File) files.push({ file: root, path: join(folder, root.name) });
    else if (root) await walk(root, folder, files, folders);
  }
  return { files, folders };
}

async function walk(entry: FileSystemEntry, folder: string, files: Picked[], folders: string[]): Promise<void> {
  const path = join(folder, entry.name);
  if (entry.isFile) {
    files.push({ file: await new Promise<File>((yes, no) => (entry as FileSystemFileEntry).file(yes, no)), path });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  let empty = true;
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((yes, no) => reader.readEntries(yes, no)); // at most 100 at a time
    if (!some.length) break;
    empty = false;
    for (const child of some) await walk(child, path, files, folders);
  }
  if (empty) folders.push(path);
}
