// What changes in the home of the user, as it happens.
import { api, ok, type Schemas } from '../api/client';
import { session } from './session.svelte';

export type Change = Schemas['Change'];
type Listener = (changes: Change[]) => void;

class Events {
  #listeners = new Set<Listener>();
  #source?: EventSource;
  #last = -1;
  #waiting: Change[] = [];
  #timer = 0;
  #running = false;

  /** Calls f with changes, a few at a time. Gives how to end that. */
  listen(f: Listener): () => void {
    this.#listeners.add(f);
    return () => this.#listeners.delete(f);
  }

  async start() {
    this.#running = true;
    document.addEventListener('visibilitychange', this.#look);
    const now = await this.#newest();
    if (!this.#running) return;
    if (!now) {
      setTimeout(() => this.#running && void this.start(), 5000);
      return;
    }
    this.#last = now.last;
    this.#look();
  }

  #newest() {
    return ok(api.GET('/api/v1/changes', { params: { query: { latest: true } } })).catch(() => undefined);
  }

  stop() {
    this.#running = false;
    document.removeEventListener('visibilitychange', this.#look);
    this.#close();
    this.#last = -1;
  }

  // A browser gives a host six connections for all its tabs: only the tabs that one sees listen.
  #look = () => {
    if (document.hidden) this.#close();
    else if (!this.#source && this.#last >= 0) this.#open();
  };

  #open() {
    const source = new EventSource('/api/v1/changes?after=' + this.#last);
    source.onmessage = (event) => {
      const change = JSON.parse(event.data) as Change;
      this.#last = change.seq;
      this.#waiting.push(change);
      if (!this.#timer) this.#timer = window.setTimeout(() => this.#tell(), 120);
    };
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
      this.#close();
      void session.check(); // perhaps nobody is signed in any more
      setTimeout(() => void this.#resume(), 5000);
    };
    this.#source = source;
  }

  // A hive that was put back to a backup has fewer changes than were seen here: nothing that is shown is sure any more.
  async #resume() {
    const now = await this.#newest();
    if (now && this.#running && now.last < this.#last) location.reload();
    else this.#look();
  }

  #close() {
    this.#source?.close();
    this.#source = undefined;
  }

  #tell() {
    this.#timer = 0;
    const changes = this.#waiting;
    this.#waiting = [];
    for (const f of this.#listeners) f(changes);
  }
}

export const events = new Events();
