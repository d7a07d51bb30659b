import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { choose, expect, rowOf, signIn, test } from './fixtures';

test('what could not be loaded can be tried again', async ({ page, user, program }) => {
  await program.put('/a.txt', 'the text');
  await program.put('/gone.txt', 'x');
  await program.ask('DELETE', '/files/gone.txt');
  await signIn(page, user);
  const again = page.getByRole('button', { name: 'Try again' });
  for (const [api, url, seen] of [['search', '/search?q=a.txt', 'a.txt'], ['trash', '/trash', 'gone.txt'], ['shares', '/shared', 'Nothing is shared yet']] as const) {
    await page.route(`**/api/v1/${api}*`, (route) => route.abort());
    await page.goto(url);
    await expect(page.getByText('This could not be loaded')).toBeVisible();
    await page.unroute(`**/api/v1/${api}*`);
    await again.click();
    await expect(page.getByText(seen, { exact: true }).first()).toBeVisible();
  }

  // A part of the page itself.
  await page.goto('/');
  await expect(rowOf(page, 'a.txt')).toBeVisible();
  await page.route('**/assets/Text*', (route) => route.abort());
  await rowOf(page, 'a.txt').click();
  await expect(page.getByText('This could not be loaded')).toBeVisible();
  await page.unroute('**/assets/Text*');
  await again.click();
  await expect(page.getByText('the text')).toBeVisible();
});

test('what could not be read is not said to be nothing', async ({ page, admin }) => {
  await admin.ask('PUT', '/folders/Box');
  await page.route('**/api/v1/registration-codes*', (route) => route.abort());
  await signIn(page, 'admin', '/admin/codes');
  await expect(page.getByText('This could not be loaded')).toBeVisible();
  await expect(page.getByText('No open invitations')).toHaveCount(0);
  await page.unroute('**/api/v1/registration-codes*');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByText('This could not be loaded')).toHaveCount(0);
  await page.route('**/api/v1/links*', (route) => route.abort());
  await page.goto('/files/');
  await choose(page, 'Box', 'Share');
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('This could not be loaded')).toBeVisible();
  await expect(dialog.getByText('Nobody can open this without an account.')).toHaveCount(0);
});

test('one version alone is not offered because the other could not be asked for', async ({ page, user, program }) => {
  await program.put('/plan.txt', 'mine');
  await program.put('/plan (conflict, bob, 2026-11-28).txt', 'of bob');
  await signIn(page, user, '/shared/conflicts');
  await page.route('**/api/v1/entries/**', (route) => route.abort());
  await page.getByRole('button', { name: 'Compare: plan.txt' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('This could not be loaded')).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Keep this one instead' })).toHaveCount(0);
  await page.unroute('**/api/v1/entries/**');
  await dialog.getByRole('button', { name: 'Try again' }).click();
  await expect(dialog.getByText('mine')).toBeVisible();
  await expect(dialog.getByText('of bob', { exact: true })).toBeVisible();
  await page.keyboard.press('Escape');
  await program.ask('DELETE', '/files/plan.txt');
  await page.getByRole('button', { name: 'Compare: plan.txt' }).click();
  await expect(dialog.getByRole('button', { name: 'Keep this one instead' })).toBeVisible();
});

test('the tabs stay above a long page', async ({ page, user, program }) => {
  for (let i = 0; i < 30; i++) await program.ask('POST', '/invitations', { note: `for ${i}` });
  await signIn(page, user, '/shared/people');
  await expect(page.getByText('for 29')).toBeVisible();
  const tab = page.getByRole('link', { name: 'Folders' });
  await expect.poll(async () => (await page.locator('.tabs').boundingBox())!.height >= (await tab.boundingBox())!.height).toBe(true);
});

test('files dropped beside the list do not replace the page', async ({ page, user }) => {
  const folder = mkdtempSync(join(tmpdir(), 'hive-web-beside-'));
  writeFileSync(join(folder, 'letter.txt'), 'dear');
  await signIn(page, user);
  await expect(page.getByText('This folder is empty')).toBeVisible();
  const cdp = await page.context().newCDPSession(page);
  const drag = (type: 'dragEnter' | 'dragOver' | 'drop') =>
    cdp.send('Input.dispatchDragEvent', { type, x: 100, y: 600, data: { items: [], files: [join(folder, 'letter.txt')], dragOperationsMask: 1 } });
  const refused = page.evaluate(() => new Promise<boolean>((resolve) => addEventListener('dragover', (e) => resolve(e.defaultPrevented && e.dataTransfer?.dropEffect === 'none'), { once: true })));
  await drag('dragEnter');
  await drag('dragOver');
  expect(await refused).toBe(true);
  await drag('drop');
  await page.getByRole('link', { name: 'Trash' }).click();
  await expect(page.getByText('The trash is empty')).toBeVisible();
  rmSync(folder, { recursive: true });
});

test('on a phone the name of the folder can be read', async ({ page, user, program }) => {
  await page.setViewportSize({ width: 375, height: 700 });
  await program.put('/Photographs of the family/Holidays 2026/Norway and Sweden/Lofoten/x.txt', 'x');
  await signIn(page, user, '/files/Photographs of the family/Holidays 2026');
  await rowOf(page, 'Norway and Sweden').click();
  await rowOf(page, 'Lofoten').click();
  const name = page.getByRole('heading', { name: 'Lofoten' });
  await expect(name).toBeInViewport({ ratio: 1 });
  await expect.poll(() => name.evaluate((h) => h.scrollWidth <= h.clientWidth)).toBe(true);
  await page.getByRole('navigation', { name: 'Path' }).getByRole('link', { name: 'Holidays 2026' }).click();
  await expect(page.getByRole('heading', { name: 'Holidays 2026' })).toBeVisible();
});

test('a long name leaves room for what one does with it, on a phone', async ({ page, user, program }) => {
  await page.setViewportSize({ width: 390, height: 800 });
  const name = 'very long name '.repeat(16).trim() + '.txt';
  await program.put('/' + name, 'l');
  await program.ask('POST', '/links', { path: '/' + name });
  await signIn(page, user);
  await choose(page, name, 'Share');
  const dialog = page.getByRole('dialog');
  const field = dialog.getByRole('textbox', { name: /View and download/ });
  await expect(field).toBeVisible();
  expect((await dialog.getByRole('heading', { level: 2 }).boundingBox())!.height).toBeLessThan(90);
  expect((await field.boundingBox())!.width).toBeGreaterThan(180);
  await page.keyboard.press('Escape');
  await choose(page, name, 'Delete');
  const notice = page.getByText('is in the trash');
  await expect(notice).toBeVisible();
  expect((await notice.boundingBox())!.height).toBeLessThan(90);
  await page.goto('/trash');
  await expect(page.getByText('Was in Home')).toBeVisible();
});
