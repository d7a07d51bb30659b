import { expect, rowOf, signIn, test } from './fixtures';

test('a link to a file or folder, however it is written', async ({ page, user, program }) => {
  await program.put('/Box/in/a.txt', 'found it');
  await signIn(page, user, '/files/Box/in/a.txt');
  await expect(page.getByRole('dialog').getByText('found it')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { name: 'in', exact: true })).toBeVisible();
  await page.goto('/files/Box?show=in');
  await expect(rowOf(page, 'a.txt')).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('what is gone says so, and nothing can be made in it', async ({ page, user, program }) => {
  await program.put('/Box/a.txt', 'a');
  await signIn(page, user, '/files/Box/gone');
  await expect(page.getByText('or it is in the files of somebody else')).toBeVisible();
  await expect(page.getByRole('button', { name: 'New', exact: true })).toHaveCount(0);
  await page.getByRole('main').getByRole('link', { name: 'Box' }).last().click();
  await expect(rowOf(page, 'a.txt')).toBeVisible();
  await page.goto('/files/Box?show=gone.txt');
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('There is no such file')).toBeVisible();
  await expect(dialog.getByRole('link')).toHaveCount(0);
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await expect(dialog).toHaveCount(0);
});

test('a folder that goes while it is shown, and comes back', async ({ page, user, program }) => {
  await program.put('/Box/a.txt', 'a');
  await signIn(page, user, '/files/Box');
  await expect(rowOf(page, 'a.txt')).toBeVisible();
  const { id } = await program.ask<{ id: number }>('DELETE', '/files/Box');
  await expect(page.getByText('There is no such folder')).toBeVisible();
  await program.ask('POST', `/trash/${id}/restore`, {});
  await expect(rowOf(page, 'a.txt')).toBeVisible();
});

test('what cannot be is asked for once', async ({ page, user }) => {
  await page.clock.install();
  await signIn(page, user);
  let asked = 0;
  page.on('request', (r) => {
    if (r.url().includes('/folders/a%00b')) asked++;
  });
  await page.goto('/files/a%00b');
  await expect(page.getByText('This name is not possible')).toBeVisible();
  await page.clock.runFor(30_000);
  expect(asked).toBe(1);
});

test('the folder that is shown, and the file, go on under their new names', async ({ page, user, program }) => {
  await program.put('/Box/in/a.txt', 'first');
  await signIn(page, user, '/files/Box/in');
  await expect(rowOf(page, 'a.txt')).toBeVisible();
  await program.ask('POST', '/move', { from: '/Box', to: '/Chest' });
  await expect(page.getByRole('link', { name: 'Chest' })).toBeVisible();
  await expect(rowOf(page, 'a.txt')).toBeVisible();
  await program.ask('POST', '/move', { from: '/Chest/in', to: '/Chest/inner' });
  await expect(page.getByText('It is “inner” now')).toBeVisible();
  await rowOf(page, 'a.txt').click();
  await expect(page.getByRole('dialog').getByText('first')).toBeVisible();
  await program.ask('POST', '/move', { from: '/Chest/inner/a.txt', to: '/Chest/inner/b.txt' });
  await expect(page.getByRole('dialog', { name: 'b.txt' }).getByText('first')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(rowOf(page, 'b.txt')).toBeVisible();
  expect(new URL(page.url()).pathname).toBe('/files/Chest/inner');
});

test('no such page, and a search for nothing', async ({ page, user }) => {
  await signIn(page, user);
  const answer = await page.goto('/nowhere');
  expect(answer!.status()).toBe(404);
  await expect(page.getByText('Nothing here')).toBeVisible();
  await page.goto('/search');
  await expect(page.getByText('What are you looking for?')).toBeVisible();
});
