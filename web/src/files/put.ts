// Uploads in one request, for files that are quickly sent again.
import { problemOf, Problem } from '../api/client';
import { contentURL } from '../api/path';

export type Sending = { done: Promise<void>; stop: () => void };
export type Send = { path: string; file: File; overwrite: boolean; progress: (sent: number) => void };

export function put({ path, file, overwrite, progress }: Send): Sending {
  const request = new XMLHttpRequest();
  const query = new URLSearchParams({ mtime: new Date(file.lastModified).toISOString() });
  const done = new Promise<void>((resolve, reject) => {
    request.upload.onprogress = (e) => progress(e.loaded);
    request.onload = () => {
      if (request.status < 300) resolve();
      else reject(problemOf(request, parse(request.responseText)));
    };
    request.onerror = () => reject(new Problem('offline', 0, ''));
    request.onabort = () => reject(new DOMException('stopped', 'AbortError'));
  });
  request.open('PUT', contentURL(path) + '?' + query);
  if (!overwrite) request.setRequestHeader('If-None-Match', '*');
  request.send(file);
  return { done, stop: () => request.abort() };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
