// The uploads of this page: a queue of which a few run at a time. Small files go in one request, others in parts.
import { all, api, ok, Problem } from '../api/client';
import { isWithin, join, nameOf, parent, rest, splitName } from '../api/path';
import { events, type Change } from '../state/events.svelte';
import { session } from '../state/session.svelte';
import { say } from '../text/index.svelte';
import { problemText } from '../text/problem';
import { makeFolders } from './actions';
import type { Picked } from './drop';
import { put, type Sending } from './put';
import { Tabs } from './tabs';

export type State = 'waiting' | 'active' | 'paused' | 'done' | 'failed' | 'conflict' | 'interrupted';

const atOnce = 3;
const small = 4 << 20; // bytes that are quickly sent again
const lookAgain = 3000; // milliseconds until one looks whether what others send is still being sent
const pauseOffline = 5000; // milliseconds until a hive that did not answer is asked again

export class Upload {
  state = $state<State>('waiting');
  sent = $state(0);
  error = $state('');
  homeless = $state(false); // the folder that it was to go to is gone
  overwrite = false;
  run = 0; // which of its attempts is the present one
  sending?: Sending;
  url?: string; // where it goes on, once it began in parts

  constructor(
    readonly id: number,
    public path: string,
    readonly size: number,
    public base = parent(path), // the folder that is there; those between it and the file are made
    public file?: File,
  ) {}

  get name() {
    return nameOf(this.path);
  }
}

class Uploads {
  list = $state.raw<Upload[]>([]);
  offline = $state(false); // the hive does not answer; all wait
  #held = false; // nobody is signed in, or it is not known who
  #timer = 0;
  #look = 0;
  #next = 1;
  #made = new Set<string>(); // folders
  #elsewhere = new Set<string>(); // where the uploads of other tabs are
  #tabs = new Tabs(() => this.#mine(), {
    has: (places) => {
      for (const place of places) this.#elsewhere.add(place);
      this.#isRun(places);
    },
    left: () => {
      this.#elsewhere.clear();
      if (!this.#held) void this.recall().catch(() => {});
    },
  });

  readonly done = $derived(this.list.filter((u) => u.state === 'done').length);
  readonly failed = $derived(this.list.filter((u) => u.state === 'failed'));
  readonly paused = $derived(this.list.filter((u) => u.state === 'paused'));
  readonly conflicts = $derived(this.list.filter((u) => u.state === 'conflict'));
  readonly going = $derived(this.list.filter((u) => u.state === 'waiting' || u.state === 'active'));
  readonly open = $derived(this.going.length);
  readonly unfinished = $derived(this.open + this.paused.length + this.conflicts.length);
  readonly losable = $derived(this.unfinished + this.failed.length); // what ends with this page
  readonly homeless = $derived(this.failed.filter((u) => u.homeless));
  readonly bytes = $derived(this.list.reduce((sum, u) => sum + u.size, 0));
  readonly sent = $derived(this.list.reduce((sum, u) => sum + (u.state === 'done' ? u.size : Math.min(u.sent, u.size)), 0));

  /** Lists what was not whole when the page was left. What another tab or device sends is looked at again later. */
  async recall() {
    clearTimeout(this.#look);
    this.#tabs.ask();
    const items = await all((after) => ok(api.GET('/api/v1/tus', { params: { query: { after, limit: 1000 } } })));
    const here = new Set(this.#mine(true));
    const found = items.map((i) => ({ ...i, at: placeOf(i.url) })).filter((i) => !here.has(i.at) && !this.#elsewhere.has(i.at));
    const old = found.filter((i) => !i.active).map((i) => {
      const upload = new Upload(this.#next++, i.path, i.length);
      upload.state = 'interrupted';
      upload.sent = i.offset;
      upload.url = i.at;
      return upload;
    });
    if (old.length) this.list = [...this.list, ...old];
    if (old.length < found.length) this.#look = window.setTimeout(() => void this.recall().catch(() => {}), lookAgain);
  }

  /** Where the uploads of this tab are, those that it only lists too if all are wanted. */
  #mine = (all = false) => this.list.filter((u) => u.url && (all || u.state !== 'interrupted')).map((u) => placeOf(u.url!));

  /** Hears where uploads are that are not interrupted. */
  #isRun(places: string[]) {
    this.list = this.list.filter((u) => u.state !== 'interrupted' || !places.includes(placeOf(u.url!)));
  }

  #begun(upload: Upload, url: string) {
    upload.url = url;
    this.#isRun([placeOf(url)]);
    this.#tabs.tell([placeOf(url)]);
  }

  /** Takes files. One that was interrupted at the same place goes on. */
  add(files: Picked[]) {
    const fresh: Upload[] = [];
    this.#made.clear(); // they may be gone again
    for (const { file, path, base } of files) {
      const old = this.list.find((u) => u.state === 'interrupted' && u.path === path && u.size === file.size);
      if (old) void this.continueWith(old, file, base);
      else fresh.push(new Upload(this.#next++, path, file.size, base, file));
    }
    this.list = [...this.list, ...fresh];
    this.#pump();
  }

  /** Goes on with an interrupted upload, if file is the one that it began with. */
  async continueWith(upload: Upload, file: File, base = upload.base) {
    try {
      const { isOf } = await parts();
      const same = await isOf(upload.url!, file);
      upload.error = same === false ? say().uploads.otherFile : '';
      if (same === undefined) upload.url = undefined; // from the start
    } catch (err) {
      upload.error = err instanceof Problem ? problemText(err) : say().problems.codes.offline!;
    }
    if (upload.error) return;
    upload.file = file;
    upload.base = base;
    upload.state = 'waiting';
    this.#pump();
  }

  pause(...list: Upload[]) {
    this.#halt(list.filter((u) => u.state === 'waiting' || u.state === 'active'), 'paused');
    this.#pump();
  }

  resume(...list: Upload[]) {
    this.#made.clear();
    for (const upload of list) {
      if (upload.state !== 'paused' && upload.state !== 'failed') continue;
      upload.error = '';
      upload.homeless = false;
      upload.state = 'waiting';
    }
    this.#pump();
  }

  /** Sends to another folder what was to go to one that is gone. */
  bring(list: Upload[], folder: string) {
    for (const u of list) this.#redirect(u, moved(u.path, u.base, folder), folder);
    this.resume(...list);
  }

  /** Goes with folders that were moved. What is not whole begins anew there: the hive knows it by the path it began with. */
  follow(changes: Change[]) {
    for (const { path, from, entry_kind } of changes) {
      if (!from || entry_kind !== 'folder') continue;
      const going = this.list.filter((u) => u.file && u.state !== 'done' && isWithin(parent(u.path), from));
      this.#halt(going.filter((u) => u.state === 'active'), 'waiting');
      for (const u of going) this.#redirect(u, moved(u.path, from, path), isWithin(u.base, from) ? moved(u.base, from, path) : path);
      this.resume(...going.filter((u) => u.homeless));
    }
  }

  #redirect(upload: Upload, path: string, base: string) {
    this.#forget(upload);
    upload.path = path;
    upload.base = base;
  }

  /** Tells the hive that what came of it is not needed any more. */
  #forget(upload: Upload) {
    const { url } = upload;
    upload.url = undefined;
    if (url) void parts().then(({ forget }) => forget(url)).catch(() => {});
  }

  // All get their state before one is stopped: no other may begin in its place.
  #halt(list: Upload[], state: 'waiting' | 'paused') {
    const sending = list.map((u) => u.sending);
    for (const upload of list) {
      upload.state = state;
      upload.sending = undefined;
    }
    for (const s of sending) s?.stop();
  }

  /** Keeps all as it is until release. */
  hold() {
    this.#held = true;
    this.#halt(this.list.filter((u) => u.state === 'active'), 'waiting');
  }

  release() {
    this.#held = false;
    this.#pump();
  }

  cancel(...list: Upload[]) {
    this.#halt(list, 'paused');
    this.list = this.list.filter((u) => !list.includes(u));
    for (const upload of list) this.#forget(upload);
    this.#pump();
  }

  /** What is to be done where a file is there already. */
  resolve(list: Upload[], how: 'replace' | 'both' | 'skip') {
    for (const upload of list) {
      this.#forget(upload);
      if (how === 'replace') upload.overwrite = true;
      else if (how === 'both') upload.path = another(upload.path);
      upload.state = 'waiting';
    }
    if (how === 'skip') this.list = this.list.filter((u) => !list.includes(u));
    this.#pump();
  }

  clear() {
    this.list = this.list.filter((u) => u.state !== 'done');
  }

  /** Ends all. What came in parts stays with the hive, for another day. */
  stopAll() {
    this.#halt(this.list, 'paused');
    this.list = [];
    clearTimeout(this.#look);
    this.#elsewhere.clear();
    this.again();
  }

  /** Asks a hive anew that did not answer. */
  again() {
    clearTimeout(this.#timer);
    this.offline = false;
    this.#pump();
  }

  #rest() {
    this.offline = true;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.again(), pauseOffline);
  }

  #pump() {
    if (this.#held || this.offline) return;
    let running = this.list.filter((u) => u.state === 'active').length;
    for (const upload of this.list) {
      if (running >= atOnce) return;
      if (upload.state !== 'waiting') continue;
      running++;
      void this.#run(upload);
    }
  }

  async #run(upload: Upload) {
    const run = ++upload.run;
    const present = () => upload.state === 'active' && upload.run === run;
    upload.state = 'active';
    try {
      const sending = await this.#send(upload, present);
      if (!sending) return;
      upload.sending = sending;
      await sending.done;
      if (!present()) return;
      upload.state = 'done';
      if (!this.open) void session.check();
    } catch (err) {
      if (present()) await this.#fail(upload, err);
    }
    this.#pump();
  }

  /** Begins to send; undefined when meanwhile that is not wanted any more. */
  async #send(upload: Upload, wanted: () => boolean): Promise<Sending | undefined> {
    await makeFolders(parent(upload.path), upload.base, this.#made);
    if (!wanted()) return undefined;
    const send = { path: upload.path, file: upload.file!, overwrite: upload.overwrite, progress: (sent: number) => (upload.sent = sent) };
    if (upload.size <= small && !upload.url) return put(send);
    const { sendParts } = await parts();
    return wanted() ? sendParts({ ...send, url: upload.url, begun: (url) => this.#begun(upload, url) }) : undefined;
  }

  async #fail(upload: Upload, err: unknown) {
    if (err instanceof Problem && later.includes(err.status)) {
      if (!(await readable(upload.file!))) return this.#lose(upload, say().uploads.unreadable);
      if (upload.state !== 'active') return;
      upload.state = 'waiting';
      this.#rest();
      if (err.status === 401) void session.check();
      return;
    }
    if (err instanceof Problem && (err.code === 'precondition_failed' || err.code === 'exists') && !upload.overwrite) {
      const came = upload.run > 1 && (await isThere(upload));
      if (upload.state === 'active') upload.state = came ? 'done' : 'conflict';
      return;
    }
    upload.homeless = err instanceof Problem && err.code === 'not_found';
    this.#lose(upload, upload.homeless ? say().uploads.gone : problemText(err));
  }

  #lose(upload: Upload, why: string) {
    upload.state = 'failed';
    upload.error = why;
  }
}

// Statuses after which all wait: no answer, nobody is signed in, too many requests, and a hive that starts, stops, or is not there behind its proxy.
const later = [0, 401, 429, 502, 503, 504];

/** Where something at path is, once the folder from it is in, or is itself, is at to. */
const moved = (path: string, from: string, to: string) => (to === '/' ? '' : to) + path.slice(from === '/' ? 0 : from.length) || '/';

/** What sends in parts, which comes when it is first needed. A hive of another version has it no more. */
async function parts() {
  try {
    return await import('./tus');
  } catch {
    await ok(api.GET('/api/v1/server'));
    throw new Problem('old_page', 410, '');
  }
}

const placeOf = (url: string) => new URL(url, location.href).pathname;

// A file that is gone, or has changed, ends a request as a hive that does not answer does.
const readable = (file: File) => file.slice(0, 1).arrayBuffer().then(() => true, () => false);

/** Whether an attempt that was cut off had brought all of it. */
async function isThere({ path, size, file }: Upload): Promise<boolean> {
  const entry = await ok(api.GET('/api/v1/entries/{path}', { params: { path: { path: rest(path) } } })).catch(() => undefined);
  return entry?.size === size && Date.parse(entry.mtime) === file?.lastModified;
}

/** The next free-looking name: "a.txt", "a (2).txt", "a (3).txt". */
export function another(path: string): string {
  const [base, extension] = splitName(nameOf(path));
  const numbered = /^(.*) \((\d+)\)$/.exec(base);
  const next = numbered ? `${numbered[1]} (${Number(numbered[2]) + 1})` : `${base} (2)`;
  return join(parent(path), next + extension);
}

export const uploads = new Uploads();

session.whenForgotten(() => uploads.stopAll());
events.listen((changes) => uploads.follow(changes));
addEventListener('online', () => uploads.again());
addEventListener('beforeunload', (e) => {
  if (uploads.losable) e.preventDefault();
});
