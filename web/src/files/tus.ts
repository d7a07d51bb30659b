// Uploads in parts, which go on where they were cut: after a pause, without a network, after a reload.
import * as tus from 'tus-js-client';
import { Problem, problemOf } from '../api/client';
import type { Send, Sending } from './put';

const part = 16 << 20; // bytes of one request: what a proxy that holds requests back can cost

export type SendParts = Send & { url?: string; begun: (url: string) => void };

/** Whether another attempt may go well: not where the storage is full, for one. */
const passing = (status: number) => status === 0 || status === 423 || status === 429 || (status >= 500 && status !== 507);

/** Sends the rest of a file, or all of it where there is no url yet. */
export function sendParts({ path, file, overwrite, progress, url, begun }: SendParts): Sending {
  let stop = () => {};
  const done = new Promise<void>((resolve, reject) => {
    const upload = new tus.Upload(file, {
      endpoint: '/api/v1/tus',
      uploadUrl: url ?? null,
      chunkSize: part,
      retryDelays: [0, 1000, 3000, 5000, 10_000, 20_000],
      onShouldRetry: (err) => navigator.onLine && passing(err.originalResponse?.getStatus() ?? 0),
      storeFingerprintForResuming: false, // the hive knows what is not whole
      metadata: { path, mtime: new Date(file.lastModified).toISOString(), ...(overwrite ? {} : { ifNoneMatch: '*' }) },
      onUploadUrlAvailable: () => upload.url && begun(upload.url),
      onProgress: (sent) => progress(sent),
      onSuccess: () => resolve(),
      onError: (err) => reject(problemFrom(err)),
    });
    stop = () => {
      void upload.abort().catch(() => {});
      reject(new DOMException('stopped', 'AbortError'));
    };
    upload.start();
  });
  return { done, stop: () => stop() };
}

export const forget = (url: string) => tus.Upload.terminate(url, {});

/** Whether an unfinished upload began with this very file; undefined where the hive has it no more. */
export async function isOf(url: string, file: File): Promise<boolean | undefined> {
  const head = await fetch(url, { method: 'HEAD', headers: { 'Tus-Resumable': '1.0.0' } });
  if (head.status === 404) return undefined;
  if (!head.ok) throw problemOf(head, undefined);
  if (Number(head.headers.get('Upload-Length')) !== file.size) return false;
  const mtime = /(?:^|,)mtime ([^,]*)/.exec(head.headers.get('Upload-Metadata') ?? '')?.[1];
  return mtime !== undefined && Date.parse(atob(mtime)) === file.lastModified;
}

function problemFrom(err: unknown): Error {
  const response = err instanceof tus.DetailedError ? err.originalResponse : undefined;
  if (!response) return new Problem('offline', 0, '');
  try {
    return problemOf({ status: response.getStatus() }, JSON.parse(response.getBody()));
  } catch {
    return problemOf({ status: response.getStatus() }, undefined);
  }
}
