import type { Browser, Page } from '@playwright/test';
import { photo } from '../screenshots/photo';
import { expect, rowOf, test } from './fixtures';
import type { Program } from './hive';

// What those see who have a link and no account.
async function visit(browser: Browser, program: Program, link: Record<string, unknown>): Promise<Page> {
  const { url } = await program.ask<{ url: string }>('POST', '/links', link);
  const page = await (await browser.newContext({ locale: 'en' })).newPage();
  await page.goto(program.url + new URL(url).pathname);
  return page;
}

test('a folder of pictures by link: where one is is in the URL', async ({ browser, program }) => {
  await program.put('/Photos/Summer/lake.png', photo(1));
  await program.put('/Photos/Summer/notes.txt', 'sun');
  await program.put('/Photos/Summer/data.bin', 'bytes');
  const page = await visit(browser, program, { path: '/Photos' });
  const top = page.url();
  await page.getByRole('link', { name: 'Summer' }).click();
  await expect(rowOf(page, 'lake.png').locator('img.shown')).toBeVisible();
  await expect(rowOf(page, 'data.bin').getByRole('link')).toHaveCount(1); // only to download it
  await page.reload();
  await page.getByRole('link', { name: 'notes.txt', exact: true }).click();
  const preview = page.getByRole('dialog');
  await expect(preview.getByText('sun')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(preview).toHaveCount(0);
  await page.getByRole('link', { name: 'lake.png', exact: true }).click();
  await expect.poll(() => preview.locator('img').evaluate((img) => (img as HTMLImageElement).naturalWidth)).toBeGreaterThan(0);
  await page.goBack();
  await expect(preview).toHaveCount(0);
  await page.goBack();
  await expect(rowOf(page, 'Summer')).toBeVisible();
  expect(page.url()).toBe(top);

  await page.goto(top + '/Winter');
  await expect(page.getByText('There is no such folder')).toBeVisible();
  await page.getByRole('link', { name: 'To the beginning' }).click();
  await expect(rowOf(page, 'Summer')).toBeVisible();
  const { items } = await program.ask<{ items: { id: number; used: number }[] }>('GET', '/links');
  await program.ask('DELETE', `/links/${items[0]!.id}`);
  await page.getByRole('link', { name: 'Summer' }).click();
  await expect(page.getByText('This link does not work')).toBeVisible();
  await page.context().close();
});

test('a file by link is shown, unless each look is a use', async ({ browser, program }) => {
  await program.put('/letter.txt', 'dear visitor');
  const page = await visit(browser, program, { path: '/letter.txt' });
  await expect(page.getByText('dear visitor')).toBeVisible();
  await page.context().close();
  const counted = await visit(browser, program, { path: '/letter.txt', uses: 1 });
  await expect(counted.getByText('each download counts')).toBeVisible();
  const downloading = counted.waitForEvent('download');
  await counted.getByRole('link', { name: 'Download' }).click();
  await downloading;
  await counted.reload();
  await expect(counted.getByText('This link does not work')).toBeVisible();
  await counted.context().close();
});

test('a link whose password was given too long ago asks for it again', async ({ browser, program }) => {
  await program.put('/Box/in/a.txt', 'a');
  const page = await visit(browser, program, { path: '/Box', password: 'a long secret' });
  await page.getByLabel('Password').fill('a long secret');
  await page.getByRole('button', { name: 'Open' }).click();
  await expect(rowOf(page, 'in')).toBeVisible();
  await page.context().clearCookies();
  await page.getByRole('link', { name: 'in', exact: true }).click();
  await page.getByLabel('Password').fill('a long secret');
  await page.getByRole('button', { name: 'Open' }).click();
  await expect(rowOf(page, 'a.txt')).toBeVisible();
  await page.context().close();
});

test('bringing files without a connection says so, and can be tried again', async ({ browser, program, user }) => {
  await program.ask('PUT', '/folders/Inbox');
  const page = await visit(browser, program, { path: '/Inbox', mode: 'upload' });
  await expect(page.getByText(`They go to ${user}`)).toBeVisible();
  await page.context().setOffline(true);
  const files = ['a.txt', 'b.txt'].map((name) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(name) }));
  await page.locator('[data-pick=files]').setInputFiles(files);
  await expect(page.getByRole('status')).toHaveText('0 of 2 uploaded · 2 failed');
  await expect(rowOf(page, 'b.txt')).toContainText('The hive does not answer');
  await page.context().setOffline(false);
  await page.getByRole('button', { name: 'Try again: b.txt' }).click();
  await expect(page.getByRole('status')).toHaveText('1 of 2 uploaded · 1 failed');
  expect(await program.ask('GET', '/files/Inbox/b.txt')).toBe('b.txt');
  await page.context().close();
});

test('a file that is far down in a folder is shown, and closing it twice leaves the folder', async ({ browser, program }) => {
  const names = Array.from({ length: 510 }, (_, i) => `file ${String(i).padStart(3, '0')}.txt`);
  await program.ask('PUT', '/folders/Box');
  await Promise.all(names.map((name) => program.put('/Box/' + name, name)));
  const page = await visit(browser, program, { path: '/Box' });
  const top = page.url();
  await expect(rowOf(page, names[499]!)).toBeVisible();
  await expect(rowOf(page, names[509]!)).toHaveCount(0);
  await page.goto(top + '?show=' + encodeURIComponent(names[509]!));
  await expect(page.getByRole('dialog').getByText(names[509]!).last()).toBeVisible();
  await expect(rowOf(page, names[509]!)).toHaveCount(1);
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.goto(top + '?show=none.txt');
  await expect(page.getByRole('dialog').getByText('There is no such file')).toBeVisible();

  await page.goto(top);
  await page.getByRole('link', { name: names[0], exact: true }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toBeVisible();
  await dialog.evaluate((d) => {
    for (let i = 0; i < 2; i++) d.dispatchEvent(new Event('cancel', { cancelable: true }));
  });
  await expect(dialog).toHaveCount(0);
  await expect(rowOf(page, names[0]!)).toBeVisible();
  expect(page.url()).toBe(top);
  await page.context().close();
});

test('a folder that is gone, and answers late, does not hide the one that is shown', async ({ browser, program }) => {
  await program.put('/Box/old/a.txt', 'a');
  await program.put('/Box/b.txt', 'b');
  const page = await visit(browser, program, { path: '/Box' });
  await expect(rowOf(page, 'b.txt')).toBeVisible();
  await program.ask('DELETE', '/files/Box/old');
  let answer = () => {};
  const left = new Promise<void>((resolve) => (answer = resolve));
  await page.route('**/list/old*', async (route) => {
    await left;
    await route.continue();
  });
  const asked = page.waitForRequest('**/list/old*');
  await rowOf(page, 'old').getByRole('link').click();
  await asked;
  await page.goBack();
  await expect(rowOf(page, 'b.txt')).toBeVisible();
  const came = page.waitForResponse('**/list/old*');
  answer();
  expect((await came).status()).toBe(404);
  await page.evaluate(() => new Promise(requestAnimationFrame));
  await expect(page.getByText('There is no such folder')).toHaveCount(0);
  await expect(rowOf(page, 'b.txt')).toBeVisible();
  await page.context().close();
});
