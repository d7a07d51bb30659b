// Moving entries by drag within the page.
import type { Attachment } from 'svelte/attachments';
import { isWithin, parent } from '../api/path';

const kind = 'application/x-hive-paths';

export function startDrag(event: DragEvent, paths: string[]) {
  event.dataTransfer?.setData(kind, JSON.stringify(paths));
  if (event.dataTransfer) event.dataTransfer.effectAllowed = 'move';
}

export const hasEntries = (event: DragEvent) => event.dataTransfer?.types.includes(kind) ?? false;
export const hasFiles = (event: DragEvent) => (event.dataTransfer?.types.includes('Files') ?? false) && !hasEntries(event);

/** Keeps the browser from opening files that nothing here takes. */
export function refuseFiles(event: DragEvent) {
  if (event.defaultPrevented || !hasFiles(event)) return;
  event.preventDefault();
  if (event.dataTransfer) event.dataTransfer.dropEffect = 'none';
}

function entriesOf(event: DragEvent): string[] {
  const list: unknown = JSON.parse(event.dataTransfer?.getData(kind) || '[]');
  return Array.isArray(list) ? list.filter((p) => typeof p === 'string') : [];
}

/** Makes a node take entries that are dropped on it, for the folder it stands for. */
export function takesEntries(folder: string | undefined, take: (paths: string[], folder: string) => void): Attachment<HTMLElement> {
  return (node) => {
    if (folder === undefined) return;
    const over = (e: DragEvent) => {
      if (!hasEntries(e)) return;
      e.preventDefault();
      node.classList.add('over');
    };
    const leave = () => node.classList.remove('over');
    const drop = (e: DragEvent) => {
      leave();
      if (!hasEntries(e)) return;
      e.preventDefault();
      e.stopPropagation();
      const paths = entriesOf(e).filter((p) => parent(p) !== folder && !isWithin(folder, p));
      if (paths.length) take(paths, folder);
    };
    node.addEventListener('dragover', over);
    node.addEventListener('dragleave', leave);
    node.addEventListener('drop', drop);
    return () => {
      node.removeEventListener('dragover', over);
      node.removeEventListener('dragleave', leave);
      node.removeEventListener('drop', drop);
    };
  };
}
