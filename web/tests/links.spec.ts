import { readFileSync } from 'node:fs';
import { choose, expect, rowOf, signIn, test } from './fixtures';

test('a public link with a password in a private window, and one for bringing files', async ({ page, browser, hive, user, program }) => {
  await program.put('/Photos/bee.txt', 'buzz');
  await signIn(page, user);
  await choose(page, 'Photos', 'Share');
  const section = page.getByRole('region', { name: 'Public links' });
  await section.getByRole('button', { name: 'New link' }).click();
  await section.getByLabel('Password').fill('a long secret');
  await section.getByRole('button', { name: 'Make link' }).click();
  const field = section.getByRole('textbox', { name: /with password/ });
  await expect(field).toHaveValue(/\/s\//);
  const url = await field.inputValue();

  const context = await browser.newContext({ locale: 'en' });
  const visitor = await context.newPage();
  const at = hive.url + new URL(url).pathname;
  await visitor.goto(at);
  await expect(visitor.getByText('bee.txt')).toHaveCount(0);
  await visitor.getByLabel('Password').fill('not the secret');
  await visitor.getByRole('button', { name: 'Open' }).click();
  await expect(visitor.getByRole('alert')).toHaveText('The password is wrong.');
  await visitor.getByLabel('Password').fill('a long secret');
  await visitor.getByRole('button', { name: 'Open' }).click();
  const downloading = visitor.waitForEvent('download');
  await visitor.getByRole('link', { name: 'Download: bee.txt' }).click();
  expect(readFileSync(await (await downloading).path(), 'utf8')).toBe('buzz');

  await section.getByRole('button', { name: 'End link' }).click();
  await visitor.goto(at);
  await expect(visitor.getByText('This link does not work')).toBeVisible();

  await section.getByRole('button', { name: 'New link' }).click();
  await section.getByLabel('What visitors can do').selectOption('upload');
  await section.getByRole('button', { name: 'Make link' }).click();
  const second = section.getByRole('textbox', { name: /Only bring files/ });
  await expect(second).toHaveValue(/\/s\//);
  const box = await second.inputValue();
  await visitor.goto(hive.url + new URL(box).pathname);
  await visitor.locator('[data-pick=files]').setInputFiles({ name: 'gift.txt', mimeType: 'text/plain', buffer: Buffer.from('for you') });
  await expect(visitor.getByLabel('Complete')).toBeVisible();
  expect(await program.ask('GET', '/files/Photos/gift.txt')).toBe('for you');
  await context.close();
  await page.keyboard.press('Escape');
  await expect(rowOf(page, 'Photos')).toBeVisible();
});

test('settings while the hive runs: registration by invitation, and a new person', async ({ page, browser, hive, admin }) => {
  await signIn(page, 'admin', '/admin/settings');
  await page.getByLabel('Registration').selectOption('code');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved')).toBeVisible();
  await page.getByRole('link', { name: 'Invitations' }).click();
  await page.getByRole('button', { name: 'New invitation' }).click();
  await page.getByRole('button', { name: 'Create' }).click();
  const link = await page.getByLabel('Link to make an account', { exact: true }).last().inputValue();

  const context = await browser.newContext({ baseURL: hive.url, locale: 'en' });
  const guest = await context.newPage();
  await guest.goto(link);
  await guest.getByLabel('User', { exact: true }).fill('guest');
  await guest.getByLabel('Password', { exact: true }).fill('a password of mine');
  await guest.getByLabel('Password again').fill('a password of mine');
  await guest.getByRole('button', { name: 'Make account' }).click();
  await expect(guest.getByText('This folder is empty')).toBeVisible();
  await context.close();
  await admin.ask('PATCH', '/settings', { reset: ['registration'] });
});
