import { choose, expect, rowOf, signIn, test } from './fixtures';
import { share } from './people';

test('a preview keeps the keys when the button that had the focus goes', async ({ page, user, program }) => {
  await program.put('/a.txt', 'first text');
  await program.put('/b.txt', 'second text');
  await signIn(page, user);
  await rowOf(page, 'a.txt').click();
  await page.getByRole('button', { name: 'Next' }).click();
  await expect(page.getByText('second text')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Next' })).toHaveCount(0);
  await page.keyboard.press('n'); // a key of the page underneath
  await expect(page.getByRole('dialog')).toHaveCount(1);
  await page.keyboard.press('ArrowLeft');
  await expect(page.getByText('first text')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('a folder is chosen by keyboard alone', async ({ page, user, program }) => {
  await program.put('/Box/Inner/x.txt', 'x');
  await program.put('/a.txt', 'a');
  await signIn(page, user);
  await choose(page, 'a.txt', 'Move to…');
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('button', { name: 'Close' })).toBeFocused();
  await dialog.getByRole('button', { name: 'Box' }).focus();
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('button', { name: 'Inner' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(dialog.getByText('Nothing here')).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Up one folder' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(rowOf(page, 'a.txt')).toBeVisible();
});

test('a notice can be used while a dialog is open', async ({ page, user, program, admin, hive }) => {
  const friend = user + 'f';
  await admin.addUser(friend);
  await program.put('/Box/a.txt', 'a');
  await share(program, '/Box', friend, await hive.as(friend));
  await signIn(page, user);
  await choose(page, 'Box', 'Share');
  await page.getByRole('button', { name: 'Take away: ' + friend }).click();
  await expect(page.locator(`[data-member=${friend}]`)).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.locator(`[data-member=${friend}]`)).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('leaving a share is asked about, however it is done', async ({ page, user, program, admin, hive }) => {
  const friend = user + 'f';
  await admin.addUser(friend);
  const owner = await hive.as(friend);
  for (const name of ['Garden', 'Orchard', 'Choir']) {
    await owner.put(`/${name}/a.txt`, 'a');
    await share(owner, '/' + name, user, program);
  }
  await signIn(page, user);
  const dialog = page.getByRole('dialog', { name: 'Leave share' });
  await choose(page, 'Garden', 'Leave share');
  await expect(dialog).toContainText('It stays with its owner.');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(rowOf(page, 'Garden')).toBeVisible();
  await rowOf(page, 'Garden').focus();
  await page.keyboard.press('Delete');
  await dialog.getByRole('button', { name: 'Leave share' }).click();
  await expect(page.getByText('You left “Garden”')).toBeVisible();
  await expect(rowOf(page, 'Garden')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Undo' })).toHaveCount(0);

  await rowOf(page, 'Orchard').dragTo(page.getByRole('link', { name: 'Trash' }));
  await dialog.getByRole('button', { name: 'Leave share' }).click();
  await expect(rowOf(page, 'Orchard')).toHaveCount(0);
  await expect(rowOf(page, 'Choir')).toBeVisible();
});
