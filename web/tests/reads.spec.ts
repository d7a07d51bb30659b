import type { Page } from '@playwright/test';
import { expect, rowOf, signIn, test } from './fixtures';

// Lists that are read while what is in them changes, or another one is wanted.

/** Holds back answers, until open is called; counts how many were asked for. */
async function gate(page: Page, url: string) {
  const held: (() => void)[] = [];
  let holding = true;
  const at = {
    asked: 0,
    open: () => {
      holding = false;
      for (const go of held.splice(0)) go();
    },
  };
  await page.route(url, async (route) => {
    at.asked++;
    if (holding) await new Promise<void>((go) => held.push(go));
    await route.continue();
  });
  return at;
}

test('what changes while a list is read is read once more, after it', async ({ page, context, user, program }) => {
  await program.put('/first.txt', 'f');
  await program.ask('DELETE', '/files/first.txt');
  await signIn(page, user, '/account');
  const other = await context.newPage(); // hears of changes when page does
  await other.goto('/');
  await expect(other.getByText('This folder is empty')).toBeVisible();
  for (const [at, url, shown] of [['/files/', '**/api/v1/folders/?*', 'c.txt'], ['/trash', '**/api/v1/trash?*', 'first.txt'], ['/shared', '**/api/v1/shares', 'Nothing is shared yet'], ['/shared/conflicts', '**/api/v1/search?*', 'No conflicts']] as const) {
    const list = await gate(page, url);
    const listening = page.waitForResponse('**/api/v1/changes?after=*');
    await page.goto(at);
    await listening;
    await expect.poll(() => list.asked).toBe(1);
    for (const name of ['a.txt', 'b.txt', 'c.txt']) {
      await program.put('/' + name, name);
      await expect(rowOf(other, name)).toBeVisible();
    }
    expect(list.asked, at).toBe(1);
    list.open();
    await expect(page.getByText(shown).first()).toBeVisible();
    await expect.poll(() => list.asked, at).toBeGreaterThanOrEqual(2);
    await page.unroute(url);
    for (const name of ['a.txt', 'b.txt', 'c.txt']) await program.ask('DELETE', '/files/' + name);
    await expect(other.getByText('This folder is empty')).toBeVisible();
  }
});

test('a slow hive is not asked again while it is asked', async ({ page, user, program }) => {
  await program.put('/a.txt', 'a');
  await page.clock.install();
  await signIn(page, user);
  await expect(rowOf(page, 'a.txt')).toBeVisible();
  await page.route('**/api/v1/folders/?*', (route) => route.abort());
  await page.getByRole('button', { name: 'Size', exact: true }).click();
  await expect(page.getByText('What you see may have changed.')).toBeVisible();
  await page.unroute('**/api/v1/folders/?*');
  const list = await gate(page, '**/api/v1/folders/?*');
  await page.clock.runFor(5000);
  await expect.poll(() => list.asked).toBe(1);
  for (let i = 0; i < 10; i++) await page.clock.runFor(2000);
  expect(list.asked).toBe(1);
  await page.getByRole('button', { name: 'Try again' }).click(); // a person need not wait
  await expect.poll(() => list.asked).toBe(2);
  await program.put('/b.txt', 'b');
  list.open();
  await expect(rowOf(page, 'b.txt')).toBeVisible();
  await expect(page.getByText('What you see may have changed.')).toHaveCount(0);
});

test('to ask for more twice brings it once', async ({ page, user, program }) => {
  test.setTimeout(180_000);
  const each = (n: number, f: (i: number) => Promise<unknown>) => Promise.all(Array.from({ length: n }, (_, i) => f(i)));
  await each(210, (i) => program.ask('PUT', `/folders/old%20${i}`));
  await each(210, (i) => program.ask('DELETE', `/files/old%20${i}`));
  await each(120, (i) => program.ask('PUT', `/folders/hit%20${i}`));
  await signIn(page, user);
  for (const [at, url, first, all] of [['/search?q=hit', '**/api/v1/search?*after=*', 100, 120], ['/trash', '**/api/v1/trash?*after=*', 200, 210]] as const) {
    await page.goto(at);
    const rows = page.getByRole('main').getByRole('listitem');
    await expect(rows).toHaveCount(first);
    const list = await gate(page, url);
    const more = page.getByRole('button', { name: 'More', exact: true });
    await more.click();
    await more.click();
    await expect.poll(() => list.asked).toBe(2);
    list.open();
    await expect(rows).toHaveCount(all);
    await expect(more).toHaveCount(0);
  }
});

test('what is gone from a large folder does not go from the one that is shown by then', async ({ page, user, program }) => {
  test.setTimeout(180_000);
  await Promise.all(Array.from({ length: 1005 }, (_, i) => program.ask('PUT', `/folders/${i}`)));
  await program.put('/Box/7/a.txt', 'a');
  await signIn(page, user);
  await expect(page.getByRole('grid')).toHaveAttribute('aria-busy', 'false');
  const entry = await gate(page, '**/api/v1/entries/7');
  await program.ask('DELETE', '/files/7');
  await expect.poll(() => entry.asked).toBe(1);
  await page.evaluate(() => history.pushState(null, '', '/files/Box'));
  await page.evaluate(() => dispatchEvent(new PopStateEvent('popstate')));
  await expect(rowOf(page, '7')).toBeVisible();
  await expect(page.getByText('1 entry')).toBeVisible();
  const gone = page.waitForResponse('**/api/v1/entries/7');
  entry.open();
  expect((await gone).status()).toBe(404);
  await page.evaluate(() => new Promise(requestAnimationFrame));
  await expect(rowOf(page, '7')).toBeVisible();
});
