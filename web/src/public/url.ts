import { escaped } from '../api/path';
import { kindOf } from '../files/kind';

/** Where the content of a link, or of something in it, comes from. */
export const publicURL = (token: string, what: 'content' | 'archive' | 'thumbnails', path: string) =>
  `/api/v1/public/${encodeURIComponent(token)}/${what}/${escaped(path.replace(/^\//, ''))}`;

/** The path of an entry, from what the link leads to. */
export const placeOf = (entry: { path: string }) => (entry.path.startsWith('/') ? entry.path : '/' + entry.path);

/** Whether a visitor can look at a file in the page. What could act comes to strangers as mere bytes, which no browser draws. */
export const canShow = (file: { kind: string; name: string }) =>
  !['folder', 'share', 'archive', 'other'].includes(kindOf(file)) && !/\.svg$/i.test(file.name);
