// What one can do to entries of a list, from a row, a menu or the keyboard.
import Download from '@lucide/svelte/icons/download';
import FolderInput from '@lucide/svelte/icons/folder-input';
import Copy from '@lucide/svelte/icons/copy';
import History from '@lucide/svelte/icons/history';
import Pencil from '@lucide/svelte/icons/pencil';
import Trash from '@lucide/svelte/icons/trash-2';
import UserPlus from '@lucide/svelte/icons/user-plus';
import Eye from '@lucide/svelte/icons/eye';
import type { Entry } from '../api/client';
import { say } from '../text/index.svelte';
import type { Item } from '../ui/Menu.svelte';
import { downloadURL } from './actions';

export type Commands = {
  open: (entry: Entry) => void;
  rename: (entry: Entry) => void;
  renamed: (entry: Entry, name: string | undefined) => void;
  move: (entries: Entry[]) => void;
  moveInto: (paths: string[], folder: string) => void;
  copy: (entries: Entry[]) => void;
  remove: (entries: Entry[]) => void;
  share: (entry: Entry) => void;
  revisions: (entry: Entry) => void;
};

export function menuOf(entry: Entry, c: Commands): Item[] {
  const t = say().files;
  const folder = entry.kind === 'folder';
  const items: Item[] = [
    { label: t.open, icon: Eye, run: () => c.open(entry) },
    { label: folder ? t.downloadZip : t.download, icon: Download, href: downloadURL(entry), download: true },
  ];
  if (!entry.mount || entry.role) items.push({ label: t.share, icon: UserPlus, run: () => c.share(entry) });
  if (!folder) items.push({ label: t.revisions, icon: History, run: () => c.revisions(entry) });
  if (!entry.read_only || entry.mount) {
    items.push({ label: t.rename, icon: Pencil, run: () => c.rename(entry), apart: true }, { label: t.move, icon: FolderInput, run: () => c.move([entry]) });
  }
  items.push({ label: t.copyTo, icon: Copy, run: () => c.copy([entry]) });
  if (!entry.read_only || entry.mount) items.push({ label: entry.mount ? t.leave : t.remove, icon: Trash, run: () => c.remove([entry]), danger: true, apart: true });
  return items;
}
