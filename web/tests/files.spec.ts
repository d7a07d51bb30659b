import { readFileSync } from 'node:fs';
import { photo } from '../screenshots/photo';
import { choose, expect, rowOf, signIn, test } from './fixtures';

test('sign in, upload, download, delete, undo', async ({ page, user }) => {
  await signIn(page, user);
  await expect(page.getByText('This folder is empty')).toBeVisible();
  await page.locator('[data-pick=files]').setInputFiles({ name: 'hello.txt', mimeType: 'text/plain', buffer: Buffer.from('hello, hive') });
  await expect(rowOf(page, 'hello.txt')).toBeVisible();

  const downloading = page.waitForEvent('download');
  await choose(page, 'hello.txt', 'Download');
  expect(readFileSync(await (await downloading).path(), 'utf8')).toBe('hello, hive');

  await choose(page, 'hello.txt', 'Delete');
  await expect(rowOf(page, 'hello.txt')).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(rowOf(page, 'hello.txt')).toBeVisible();
});

test('new folder, rename in place, move by dialog and by drag, copy', async ({ page, user, program }) => {
  await program.put('/notes.txt', 'n');
  await program.put('/list.txt', 'l');
  await signIn(page, user);
  await page.getByRole('button', { name: 'New', exact: true }).click();
  await page.getByRole('menuitem', { name: 'New folder' }).click();
  await page.getByLabel('Name of the folder').fill('Box');
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(rowOf(page, 'Box')).toBeVisible();

  await choose(page, 'notes.txt', 'Rename');
  const field = page.getByRole('textbox', { name: 'Name' });
  await field.fill('thoughts.txt');
  await field.press('Enter');
  await expect(rowOf(page, 'thoughts.txt')).toBeVisible();

  await choose(page, 'thoughts.txt', 'Move to…');
  await page.getByRole('dialog').getByRole('button', { name: 'Box' }).click();
  await page.getByRole('button', { name: 'Move here' }).click();
  await expect(rowOf(page, 'thoughts.txt')).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await expect(rowOf(page, 'thoughts.txt')).toBeVisible();

  await rowOf(page, 'list.txt').dragTo(rowOf(page, 'Box'));
  await expect(rowOf(page, 'list.txt')).toHaveCount(0);
  expect(await program.ask('GET', '/files/Box/list.txt')).toBe('l');

  await choose(page, 'Box', 'Copy to…');
  await page.getByRole('dialog').getByRole('button', { name: 'New folder' }).click();
  await page.getByRole('dialog').getByLabel('Name of the folder').fill('Copies');
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
  await page.getByRole('button', { name: 'Copy here' }).click();
  await expect(rowOf(page, 'Copies')).toBeVisible();
  expect(await program.ask('GET', '/files/Copies/Box/list.txt')).toBe('l');
});

test('all by keyboard', async ({ page, user, program }) => {
  for (const name of ['a.txt', 'b.txt', 'c.txt', 'd.txt']) await program.put('/' + name, name);
  await program.ask('PUT', '/folders/Inner');
  await page.goto('/');
  await expect(page.getByLabel('User', { exact: true })).toBeFocused();
  await page.keyboard.type(user);
  await page.keyboard.press('Tab');
  await page.keyboard.type('correct horse battery');
  await page.keyboard.press('Enter');
  await expect(rowOf(page, 'Inner')).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByText('Skip to content')).toBeFocused();
  await page.keyboard.press('Enter');
  for (let i = 0; i < 20 && !(await rowOf(page, 'Inner').evaluate((e) => e === document.activeElement)); i++) await page.keyboard.press('Tab');
  await expect(rowOf(page, 'Inner')).toBeFocused();
  const outline = await rowOf(page, 'Inner').evaluate((e) => getComputedStyle(e).outlineStyle);
  expect(outline).toBe('solid');

  await page.keyboard.press('ArrowDown');
  await expect(rowOf(page, 'a.txt')).toBeFocused();
  await page.keyboard.press('Shift+ArrowDown');
  await expect(page.getByText('2 selected')).toBeVisible();
  await page.keyboard.press('Delete');
  await expect(rowOf(page, 'b.txt')).toHaveCount(0);
  await expect(rowOf(page, 'a.txt')).toHaveCount(0);

  await expect(rowOf(page, 'c.txt')).toBeFocused();
  await page.keyboard.press('F2');
  await page.keyboard.type('sea');
  await page.keyboard.press('Enter');
  await expect(rowOf(page, 'sea.txt')).toBeFocused();
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Inner' })).toBeVisible();
  await page.keyboard.press('n');
  await expect(page.getByLabel('Name of the folder')).toBeFocused();
  await page.keyboard.type('Deeper');
  await page.keyboard.press('Enter');
  await expect(rowOf(page, 'Deeper')).toBeVisible();
  await page.keyboard.press('Backspace');
  await expect(rowOf(page, 'Inner')).toBeVisible();
  await page.keyboard.press('/');
  await page.keyboard.type('sea');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('link', { name: 'sea.txt' })).toBeVisible();
});

test('trash: restore, delete for good, empty', async ({ page, user, program }) => {
  for (const name of ['one', 'two', 'three']) {
    await program.put('/' + name, name);
    await program.ask('DELETE', '/files/' + name);
  }
  await signIn(page, user, '/trash');
  await page.getByRole('button', { name: 'Restore: one' }).click();
  await expect(page.getByText('Restored to /one')).toBeVisible();
  await page.getByRole('button', { name: 'Delete for good: two' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click();
  await expect(rowOf(page, 'two')).toHaveCount(0);
  await page.getByRole('button', { name: 'Empty trash' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Empty trash' }).click();
  await expect(page.getByText('The trash is empty')).toBeVisible();
});

test('a picture shows itself small', async ({ page, user, program }) => {
  await program.put('/hill.png', photo(1));
  await signIn(page, user);
  const shown = () => rowOf(page, 'hill.png').locator('img').evaluate((i: HTMLImageElement) => i.naturalWidth);
  await expect.poll(shown, { timeout: 30_000 }).toBe(256);
});

test('previews of text, Markdown and pictures, and events from elsewhere', async ({ page, user, program }) => {
  await program.put('/a.md', '# Title\n\nsome *text*\n');
  await program.put('/b.txt', 'plain text');
  await program.put('/c.svg', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>');
  await signIn(page, user);
  await rowOf(page, 'a.md').click();
  await expect(page.getByRole('heading', { name: 'Title' })).toBeVisible();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByText('plain text')).toBeVisible();
  await page.getByRole('button', { name: 'Next' }).click();
  await expect.poll(() => page.locator('dialog img').evaluate((i: HTMLImageElement) => i.naturalWidth)).toBe(9);
  await page.keyboard.press('Escape');
  const from = Date.now();
  await program.put('/new one.txt', 'x');
  await expect(rowOf(page, 'new one.txt')).toBeVisible({ timeout: 2000 });
  console.log(`a change elsewhere is seen after ${Date.now() - from} ms`);
});
