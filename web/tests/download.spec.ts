import { readFileSync } from 'node:fs';
import { expect, rowOf, signIn, test } from './fixtures';

// The number of entries, from the end of a zip.
const entriesOf = (zip: Buffer) => zip.readUInt16LE(zip.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6])) + 10);

test('more names than a URL has room for are one zip', async ({ page, user, program }) => {
  const name = (i: number) => `${'a long name '.repeat(16)}${String(i).padStart(3, '0')}.txt`;
  await program.put('/Many/' + name(0), 'x');
  let next = 1;
  const worker = async () => {
    for (let i = next++; i < 500; i = next++) await program.put('/Many/' + name(i), 'x');
  };
  await Promise.all(Array.from({ length: 12 }, worker));
  await signIn(page, user, '/files/Many');
  await expect(page.getByText('500 entries')).toBeVisible();
  await page.getByRole('checkbox', { name: 'Select all' }).check();
  await rowOf(page, name(3)).getByRole('checkbox').uncheck();
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download', exact: true }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe('Many.zip');
  expect(entriesOf(readFileSync(await download.path()))).toBe(499);
});
