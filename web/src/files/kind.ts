// What a file is, by its name: for icons and previews.
import File from '@lucide/svelte/icons/file';
import FileArchive from '@lucide/svelte/icons/file-archive';
import FileCode from '@lucide/svelte/icons/file-code';
import FileImage from '@lucide/svelte/icons/file-image';
import FileMusic from '@lucide/svelte/icons/file-music';
import FileText from '@lucide/svelte/icons/file-text';
import FileVideo from '@lucide/svelte/icons/file-play';
import Folder from '@lucide/svelte/icons/folder';
import FolderSymlink from '@lucide/svelte/icons/folder-symlink';
import type { Component } from 'svelte';
import { splitName } from '../api/path';

export type Kind = 'folder' | 'share' | 'image' | 'video' | 'audio' | 'pdf' | 'markdown' | 'text' | 'code' | 'archive' | 'other';

const extensions: [Kind, string][] = [
  ['image', 'png jpg jpeg gif webp avif bmp svg ico heic'],
  ['video', 'mp4 webm mov m4v mkv ogv'],
  ['audio', 'mp3 ogg oga wav flac m4a aac opus'],
  ['pdf', 'pdf'],
  ['markdown', 'md markdown'],
  ['text', 'txt log csv tsv ini conf cfg srt vtt rtf nfo'],
  ['code', 'html htm css js mjs ts tsx jsx json xml yaml yml toml go py rb rs c h cpp hpp java kt sh bash sql php pl lua svelte vue diff patch tex'],
  ['archive', 'zip gz tgz bz2 xz zst 7z rar tar iso car'],
];
const byExtension = new Map(extensions.flatMap(([kind, list]) => list.split(' ').map((e) => [e, kind] as const)));

export function kindOf(entry: { kind: string; name: string; mount?: string }): Kind {
  if (entry.kind === 'folder') return entry.mount ? 'share' : 'folder';
  return byExtension.get(splitName(entry.name)[1].slice(1).toLowerCase()) ?? 'other';
}

const icons: Record<Kind, Component> = {
  folder: Folder, share: FolderSymlink, image: FileImage, video: FileVideo, audio: FileMusic, pdf: FileText, markdown: FileText, text: FileText, code: FileCode,
  archive: FileArchive, other: File,
};

export const iconOf = (kind: Kind): Component => icons[kind];
