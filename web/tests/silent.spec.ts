import { type Browser, expect, type Page } from '@playwright/test';
import { rowOf, signIn, watched as test } from './fixtures';
import { Hive } from './hive';
import { introduce, share, until } from './people';

// A hive that keeps its connections and answers nothing. Limits are those of a machine of one's own; where others share it (CI), only the figures count.
let home: Hive;
let other: Hive;

test.beforeAll(async () => {
  [home, other] = await Promise.all([Hive.start('Home'), Hive.start('Other')]);
  await (await other.as('admin')).addUser('bob');
  const admin = await home.as('admin');
  await admin.addUser('alice');
  await admin.ask('PATCH', '/users/alice', { admin: true });
});
test.afterAll(async () => {
  other.resume();
  await Promise.all([home.remove(), other.remove()]);
});

// Each page with what shows that it is there.
const pages: [string, (page: Page) => ReturnType<Page['locator']>][] = [
  ['/files/', (page) => rowOf(page, 'Choir')],
  ['/files/Choir', (page) => rowOf(page, 'song.txt')],
  ['/files/Choir?show=song.txt', (page) => page.getByText('la la la')],
  ['/search?q=song', (page) => page.getByRole('link', { name: 'song.txt' })],
  ['/shared', (page) => page.getByRole('button', { name: 'Manage: Garden' })],
  ['/shared/people', (page) => page.getByText('bob', { exact: true }).first()],
  ['/shared/waiting', (page) => page.getByText(/Everything is delivered|To bob/).first()],
  ['/hives', (page) => page.locator('[data-name="Other"]')],
  ['/admin/shares', (page) => page.getByText('Garden').first()],
  ['/admin/health', (page) => page.getByText('Deliveries', { exact: true })],
];

async function times(page: Page): Promise<Map<string, number>> {
  const result = new Map<string, number>();
  for (const [at, there] of pages) {
    const took: number[] = [];
    for (let i = 0; i < 5; i++) {
      const from = Date.now();
      await page.goto(at, { waitUntil: 'commit' });
      await there(page).waitFor();
      took.push(Date.now() - from);
    }
    result.set(at, took.sort((a, b) => a - b)[2]!);
  }
  return result;
}

async function pageOf(browser: Browser): Promise<Page> {
  const page = await (await browser.newContext({ baseURL: home.url, locale: 'en' })).newPage();
  await signIn(page, 'alice');
  return page;
}

test('a hive that never answers leaves the page as fast as before', async ({ browser }) => {
  test.setTimeout(240_000);
  const [alice, bob] = [await home.as('alice'), await other.as('bob')];
  await introduce(alice, bob);
  await alice.put('/Garden/plan.txt', 'beans');
  await share(alice, '/Garden', 'bob', bob);
  await bob.put('/Choir/song.txt', 'la la la');
  await bob.put('/Films/film.txt', 'not held here');
  for (const [name, mode] of [['Choir', 'full'], ['Films', 'on-demand']]) {
    await bob.ask('POST', '/shares', { path: '/' + name, members: [{ user: 'alice', role: 'writer' }] });
    type Offers = { items: { id: number; name: string }[] };
    const offer = await until(async () => (await alice.ask<Offers>('GET', '/offers')).items.find((o) => o.name === name), 'the offer');
    await alice.ask('POST', `/offers/${offer.id}/accept`, { mode });
  }
  await until(() => alice.ask('GET', '/files/Choir/song.txt'), 'the song');
  await until(() => alice.ask('GET', '/entries/Films/film.txt'), 'the film');

  const page = await pageOf(browser);
  await times(page); // what is read once
  const before = await times(page);
  other.pause();
  await alice.put('/Garden/plan.txt', 'beans and peas');
  const after = await times(page);
  for (const [at, ms] of after) console.log(`${at}: ${before.get(at)} ms, with a silent hive ${ms} ms`);
  const slack = process.env.CI ? 3000 : 100;
  for (const [at, ms] of after) expect(ms, at).toBeLessThan(1.5 * before.get(at)! + slack);

  // It says so where it matters.
  await page.goto('/files/Films?show=film.txt');
  await expect(page.getByText('The content is on another hive, which does not answer now.')).toBeVisible({ timeout: 60_000 });
  await page.goto('/shared/waiting');
  await expect(page.getByText('To bob')).toBeVisible({ timeout: 60_000 });
  await page.goto('/shared');
  await page.getByRole('button', { name: 'Manage: Garden' }).click();
  await expect(page.getByText('Not delivered to bob')).toBeVisible();
  await page.goto('/hives');
  await expect(page.locator('[data-name="Other"]')).toContainText('Not connected', { timeout: 60_000 });

  other.resume();
  await expect(page.locator('[data-name="Other"]')).toContainText('Direct', { timeout: 60_000 });
  await until(async () => (await bob.ask<string>('GET', '/files/Garden/plan.txt')) === 'beans and peas', 'the new plan', 60_000);
});
