import base from './playwright.config.ts';

export default { ...base, testDir: 'screenshots', outputDir: 'screenshots/taken/failed', timeout: 300_000 };
