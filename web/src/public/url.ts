import { escaped } from '../api/path';

/** Where the content of a link, or of something in it, comes from. */
export const publicURL = (token: string, what: 'content' | 'archive', path: string) =>
  `/api/v1/public/${encodeURIComponent(token)}/${what}/${escaped(path.replace(/^\//, ''))}`;
