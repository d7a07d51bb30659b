// Who is signed in, and what the hive tells everyone.
import { api, ok, passes, whenSignedOut, type Schemas } from '../api/client';
import { go, route } from './route.svelte';

const askAgain = 3000; // milliseconds until a hive that did not answer is asked again

class Session {
  server = $state<Schemas['Server']>();
  account = $state<Schemas['Account']>();
  ready = $state(false);
  unsure = $state(false); // another tab signed in or out, and who is here now is not known yet
  ended = $state(''); // whose session is over without that they signed out
  #person?: number; // who was here last
  #doubts = 0;
  #forgets: (() => void)[] = [];
  #tabs = new BroadcastChannel('hive.session');

  get user() {
    return this.account?.user;
  }

  constructor() {
    whenSignedOut(() => {
      if (this.user) this.ended = this.user.name;
      this.account = undefined;
    });
    this.#tabs.onmessage = () => void this.#doubt();
    document.addEventListener('visibilitychange', () => !document.hidden && this.account && void this.check());
  }

  async start() {
    const account = this.refresh().catch((err) => {
      if (passes(err)) throw err; // who is signed in is not known yet
    });
    const [server] = await Promise.all([ok(api.GET('/api/v1/server')), account]);
    this.server = server;
    this.ready = true;
  }

  /** Calls f when what is kept of a person has to go: after signing out, and before another one comes. */
  whenForgotten(f: () => void) {
    this.#forgets.push(f);
  }

  async refresh() {
    const account = await ok(api.GET('/api/v1/account'));
    if (this.#person !== undefined && this.#person !== account.user.id) this.#change();
    this.#person = account.user.id;
    this.account = account;
    this.ended = '';
  }

  /** Asks who is here, and says whether an answer came. Without one it is who it was. */
  check = () => this.refresh().then(() => true, (err) => !passes(err));

  // What is done for a person waits until the hive has said who that is.
  async #doubt() {
    const doubt = ++this.#doubts;
    this.unsure = true;
    while (doubt === this.#doubts && !(await this.check())) await new Promise((r) => setTimeout(r, askAgain));
    if (doubt === this.#doubts) this.unsure = false;
  }

  async signIn(body: Schemas['Login']) {
    await ok(api.POST('/api/v1/session', { body }));
    this.#tabs.postMessage('in');
    await this.refresh();
  }

  async signOut() {
    await ok(api.DELETE('/api/v1/session'));
    this.#tabs.postMessage('out');
    this.account = undefined;
    this.ended = '';
    this.#forget();
  }

  #forget() {
    for (const f of this.#forgets) f();
  }

  #change() {
    this.#forget();
    if (['files', 'search'].includes(route.parts[0] ?? '')) go('/files/', { replace: true }); // a place in the home of the other
  }
}

export const session = new Session();
