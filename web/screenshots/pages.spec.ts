// Every page at two widths, light and dark: make screenshots.
import type { Page } from '@playwright/test';
import { Hive, password, type Program } from '../tests/hive';
import { introduce, share } from '../tests/people';
import { rowOf, signIn, test } from '../tests/fixtures';
import { photo } from './photo';

const folder = 'screenshots/taken';

async function fill(p: Program) {
  for (const name of ['Garden', 'Invoices 2026', 'Music', 'Photos']) await p.ask('PUT', `/folders/${encodeURIComponent(name)}`);
  await p.put('/Shopping list.txt', 'Milk\nBread\nHoney\n');
  await p.put('/Shopping list.txt', 'Milk\nBread\nHoney\nCandles\n');
  await p.put('/Notes.md', '# Notes\n\nWhat the garden needs **this week**:\n\n- water the beans\n- [seeds](https://example.org) for *autumn*\n\n> Bees like lavender.\n\n```\nrows = 12\n```\n');
  await p.put('/A very long name of a report about the year of the bees in the northern garden, final version.pdf', 'x'.repeat(81234));
  await p.put('/budget.csv', 'a,b\n1,2\n');
  await p.put('/Garden/plan.txt', 'beans, peas');
  await p.put('/Garden/plan (conflict, bob, 2026-11-28).txt', 'beans, peas, tomatoes');
  for (let i = 0; i < 6; i++) await p.put(`/bees ${i + 1}.png`, photo(i));
  await p.put('/old.txt', 'gone');
  await p.ask('DELETE', '/files/old.txt');
}

test('screenshots', async ({ browser }) => {
  const [home, other] = await Promise.all([Hive.start('Maple Street'), Hive.start('School')]);
  const admin = await home.as('admin');
  for (const name of ['alice', 'dora']) await admin.addUser(name);
  await admin.ask('PATCH', '/users/alice', { admin: true, quota: 50e9 });
  await (await other.as('admin')).addUser('bob');
  const alice = await home.as('alice');
  const bob = await other.as('bob');
  await fill(alice);
  await introduce(alice, bob);
  await share(alice, '/Garden', 'bob', bob);
  await alice.ask('POST', '/shares', { path: '/Photos', members: [{ user: 'dora', role: 'reader' }] });
  await bob.ask('PUT', '/folders/Choir');
  await bob.ask('POST', '/shares', { path: '/Choir', members: [{ user: 'alice', role: 'writer' }] });

  for (const scheme of ['light', 'dark'] as const) {
    for (const width of [1280, 390]) {
      const context = await browser.newContext({ viewport: { width, height: width === 390 ? 844 : 800 }, colorScheme: scheme, locale: 'en', hasTouch: width === 390, baseURL: home.url });
      const page = await context.newPage();
      const shoot = async (name: string) => {
        await page.waitForTimeout(250);
        await page.screenshot({ path: `${folder}/${name}-${width}-${scheme}.png` });
      };
      await page.goto('/');
      await shoot('01-sign-in');
      await signIn(page, 'alice');
      await tour(page, shoot);
      await context.close();
    }
  }
  await Promise.all([home.remove(), other.remove()]);
});

async function tour(page: Page, shoot: (name: string) => Promise<void>) {
  await rowOf(page, 'bees 6.png').locator('img.shown').waitFor();
  await page.waitForLoadState('networkidle', { timeout: 800 }).catch(() => {});
  await shoot('02-files');
  await rowOf(page, 'budget.csv').getByRole('checkbox').check();
  await rowOf(page, 'Notes.md').getByRole('checkbox').check();
  await shoot('03-selected');
  await page.getByRole('button', { name: 'Clear selection' }).click();
  await rowOf(page, 'Garden').getByRole('button', { name: 'Actions for' }).click();
  await shoot('04-menu');
  await page.getByRole('menuitem', { name: 'Share' }).click();
  await page.getByRole('dialog').getByText('Who has it').waitFor();
  await shoot('05-share');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Grid' }).click();
  await shoot('06-grid');
  await page.getByRole('button', { name: 'List', exact: true }).click();
  for (const [at, name] of [
    ['/files/Photos', '07-empty'], ['/files/?show=Notes.md', '08-markdown'], ['/files/?show=bees 1.png', '09-image'], ['/trash', '10-trash'], ['/search?q=bees', '11-search'],
    ['/shared', '12-shared'], ['/shared/people', '13-people'], ['/shared/conflicts', '14-conflicts'], ['/shared/waiting', '15-waiting'], ['/invitation', '16-invitation'], ['/account', '17-account'], ['/hives', '18-hives'],
    ['/admin', '19-users'], ['/admin/codes', '20-codes'], ['/admin/storage', '21-storage'], ['/admin/shares', '22-admin-shares'], ['/admin/audit', '23-audit'], ['/admin/settings', '24-settings'], ['/admin/health', '25-health'],
  ] as const) {
    await page.goto(at);
    await page.waitForLoadState('networkidle', { timeout: 800 }).catch(() => {});
    await shoot(name);
  }
  await page.goto('/shared/conflicts');
  await page.getByRole('button', { name: /Compare/ }).click();
  await shoot('26-compare');
  await page.goto('/shared/people');
  await page.getByRole('button', { name: 'Invite' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Invite' }).click();
  await shoot('27-invite');
}
