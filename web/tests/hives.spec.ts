import { expect, rowOf, signIn, test } from './fixtures';
import { Hive } from './hive';

test('an admin adds a hive, looks at the way to it, blocks and forgets it', async ({ page }) => {
  const other = await Hive.start('Neighbour');
  try {
    const { addrs } = await (await other.as('admin')).ask<{ addrs: string[] }>('GET', '/hive');
    await signIn(page, 'admin', '/hives');
    await page.getByRole('button', { name: 'Add a hive' }).click();
    await page.getByRole('textbox', { name: /^Address/ }).fill('nonsense');
    await page.getByRole('dialog').getByRole('button', { name: 'Add a hive' }).click();
    await expect(page.getByRole('alert').first()).toBeVisible();
    await page.getByRole('textbox', { name: /^Address/ }).fill(addrs[0]!);
    await page.getByRole('dialog').getByRole('button', { name: 'Add a hive' }).click();
    const peer = rowOf(page, 'Neighbour');
    await expect(peer).toContainText('Direct');

    const pick = async (item: string) => {
      await peer.getByRole('button', { name: 'Actions for Neighbour' }).click();
      await page.getByRole('menuitem', { name: item }).click();
    };
    await pick('Examine the connection');
    await expect(page.getByRole('dialog').getByText('Direct', { exact: true })).toBeVisible();
    await page.keyboard.press('Escape');
    await pick('Block');
    await page.getByRole('dialog').getByRole('button', { name: 'Block' }).click();
    await expect(peer).toContainText('Blocked');
    await pick('Let in again');
    await expect(peer).not.toContainText('Blocked');
    await other.stop();
    await expect(peer).toContainText('Not connected');
    await pick('Forget');
    await page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click();
    await expect(peer).toHaveCount(0);
  } finally {
    await other.remove();
  }
});

test('traffic of the span that is chosen, however late another one comes', async ({ page }) => {
  let answer = () => {};
  const left = new Promise<void>((resolve) => (answer = resolve));
  let first = true;
  await page.route('**/api/v1/statistics?*', async (route) => {
    if (!first) return route.fulfill({ json: { series: [] } });
    first = false;
    await left;
    const points = [1, 2].map((n) => ({ at: `2026-01-0${n}T00:00:00Z`, value: n }));
    await route.fulfill({ json: { series: [{ name: 'traffic.in', points }] } });
  });
  await signIn(page, 'admin', '/hives');
  const traffic = page.getByRole('region', { name: 'Traffic with other hives' });
  await traffic.getByRole('combobox', { name: 'Time span' }).selectOption({ index: 1 });
  await expect(traffic).toContainText('The first numbers come in some minutes.');
  const late = page.waitForResponse('**/api/v1/statistics?*');
  answer();
  await late;
  await page.evaluate(() => new Promise(requestAnimationFrame));
  await expect(traffic).toContainText('The first numbers come in some minutes.');
});
