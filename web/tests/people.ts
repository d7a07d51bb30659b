// People of two hives who get to know each other and share, by the API.
import type { Program } from './hive';

export async function until<T>(f: () => Promise<T | undefined | false>, what: string, limit = 30_000): Promise<T> {
  for (const end = Date.now() + limit; Date.now() < end; ) {
    const got = await f().catch(() => undefined);
    if (got) return got;
    await new Promise((r) => setTimeout(r, 100));
  }
  throw new Error('not in time: ' + what);
}

export async function introduce(host: Program, guest: Program): Promise<void> {
  const { code } = await host.ask<{ code: string }>('POST', '/invitations', {});
  await guest.ask('POST', '/invitations/accept', { code });
}

type Page<T> = { items: T[] };

/** Shares a folder with a contact, who accepts it. */
export async function share(host: Program, path: string, who: string, guest: Program, role = 'writer'): Promise<string> {
  const { id } = await host.ask<{ id: string }>('POST', '/shares', { path, members: [{ user: who, role }] });
  const offer = await until(async () => (await guest.ask<Page<{ id: number; share: string }>>('GET', '/offers')).items.find((o) => o.share === id), 'the offer');
  await guest.ask('POST', `/offers/${offer.id}/accept`, {});
  return id;
}
