// Who is signed in, and what the hive tells everyone.
import { api, ok, whenSignedOut, type Schemas } from '../api/client';

class Session {
  server = $state<Schemas['Server']>();
  account = $state<Schemas['Account']>();
  ready = $state(false);

  get user() {
    return this.account?.user;
  }

  async start() {
    whenSignedOut(() => (this.account = undefined));
    const [server] = await Promise.all([ok(api.GET('/api/v1/server')), this.refresh().catch(() => {})]);
    this.server = server;
    this.ready = true;
  }

  async refresh() {
    this.account = await ok(api.GET('/api/v1/account'));
  }

  async signIn(body: Schemas['Login']) {
    await ok(api.POST('/api/v1/session', { body }));
    await this.refresh();
  }

  async signOut() {
    await ok(api.DELETE('/api/v1/session'));
    this.account = undefined;
  }
}

export const session = new Session();
