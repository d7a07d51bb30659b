import base from './playwright.config.ts';

export default { ...base, testDir: 'screenshots', timeout: 300_000 };
