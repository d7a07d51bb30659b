// The uploads of this page: a queue of which a few run at a time.
import { Problem } from '../api/client';
import { join, nameOf, parent, splitName } from '../api/path';
import { session } from '../state/session.svelte';
import { problemText } from '../text/problem';
import { put, type Sending } from './put';

export type State = 'waiting' | 'active' | 'paused' | 'done' | 'failed' | 'conflict';

const atOnce = 3;

export class Upload {
  state = $state<State>('waiting');
  sent = $state(0);
  error = $state('');
  overwrite = false;
  sending?: Sending;

  constructor(
    readonly id: number,
    public path: string,
    readonly file: File,
  ) {}

  get size() {
    return this.file.size;
  }

  get name() {
    return nameOf(this.path);
  }
}

class Uploads {
  list = $state.raw<Upload[]>([]);
  #next = 1;

  readonly done = $derived(this.list.filter((u) => u.state === 'done').length);
  readonly failed = $derived(this.list.filter((u) => u.state === 'failed').length);
  readonly conflicts = $derived(this.list.filter((u) => u.state === 'conflict'));
  readonly open = $derived(this.list.filter((u) => u.state === 'waiting' || u.state === 'active').length);
  readonly bytes = $derived(this.list.reduce((sum, u) => sum + u.size, 0));
  readonly sent = $derived(this.list.reduce((sum, u) => sum + (u.state === 'done' ? u.size : Math.min(u.sent, u.size)), 0));

  add(files: { file: File; path: string }[]) {
    this.list = [...this.list, ...files.map(({ file, path }) => new Upload(this.#next++, path, file))];
    this.#pump();
  }

  pause(upload: Upload) {
    if (upload.state !== 'waiting' && upload.state !== 'active') return;
    upload.state = 'paused';
    upload.sending?.stop();
    this.#pump();
  }

  resume(upload: Upload) {
    if (upload.state !== 'paused' && upload.state !== 'failed') return;
    upload.error = '';
    upload.state = 'waiting';
    this.#pump();
  }

  cancel(upload: Upload) {
    const sending = upload.sending;
    upload.state = 'paused';
    this.list = this.list.filter((u) => u !== upload);
    sending?.stop();
    this.#pump();
  }

  /** What is to be done where a file is there already. */
  resolve(list: Upload[], how: 'replace' | 'both' | 'skip') {
    if (how === 'skip') this.list = this.list.filter((u) => !list.includes(u));
    else
      for (const upload of list) {
        if (how === 'replace') upload.overwrite = true;
        else upload.path = another(upload.path);
        upload.state = 'waiting';
      }
    this.#pump();
  }

  clear() {
    this.list = this.list.filter((u) => u.state !== 'done' && u.state !== 'failed');
  }

  stopAll() {
    for (const u of this.list) this.pause(u);
    this.list = [];
  }

  #pump() {
    let running = this.list.filter((u) => u.state === 'active').length;
    for (const upload of this.list) {
      if (running >= atOnce) return;
      if (upload.state !== 'waiting') continue;
      running++;
      void this.#run(upload);
    }
  }

  async #run(upload: Upload) {
    upload.state = 'active';
    upload.sending = put({ path: upload.path, file: upload.file, overwrite: upload.overwrite, progress: (sent) => (upload.sent = sent) });
    try {
      await upload.sending.done;
      upload.state = 'done';
      if (!this.open) void session.refresh().catch(() => {});
    } catch (err) {
      if (upload.state === 'active') this.#fail(upload, err);
    }
    this.#pump();
  }

  #fail(upload: Upload, err: unknown) {
    if (err instanceof Problem && (err.code === 'precondition_failed' || err.code === 'exists') && !upload.overwrite) {
      upload.state = 'conflict';
      return;
    }
    upload.state = 'failed';
    upload.error = problemText(err);
  }
}

/** The next free-looking name: "a.txt", "a (2).txt", "a (3).txt". */
export function another(path: string): string {
  const [base, extension] = splitName(nameOf(path));
  const numbered = /^(.*) \((\d+)\)$/.exec(base);
  const next = numbered ? `${numbered[1]} (${Number(numbered[2]) + 1})` : `${base} (2)`;
  return join(parent(path), next + extension);
}

export const uploads = new Uploads();

addEventListener('beforeunload', (e) => {
  if (uploads.open) e.preventDefault();
});
